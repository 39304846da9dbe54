"""The conversations behind `scripts/demo.py`, and how one becomes a picture."""
