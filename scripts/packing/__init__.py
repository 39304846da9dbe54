"""Makes what is handed to people who have no checkout: an archive that runs, and wheels."""
