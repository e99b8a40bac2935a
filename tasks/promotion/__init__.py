"""The steps of a promotion and of its way back."""
