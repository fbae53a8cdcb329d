"""Identify speakers, and decide which samples may be on which side of a split."""
