"""`daytwo drill` and `daytwo actions`: restore drills, and what is to be mended after them."""
