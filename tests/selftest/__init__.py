"""The self-test tests itself: a check holds only where what is seen is what must be."""
