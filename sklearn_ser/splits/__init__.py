"""Who is speaking, and which samples may be on which side of a split."""
