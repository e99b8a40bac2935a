"""Figures, printed beside what they are compared with; nothing here passes or fails."""
