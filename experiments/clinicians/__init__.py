"""What recorded clinicians did, read off records, and how habits and networks learn it."""
