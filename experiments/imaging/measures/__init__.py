"""What is said of images beside what is there: masks, and figures of many images together."""
