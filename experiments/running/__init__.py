"""How experiments run: command line, folders of results, runners, plug-ins."""
