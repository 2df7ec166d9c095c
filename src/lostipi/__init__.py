"""What a missing IPI does to a confidential Linux guest, caller by caller."""
