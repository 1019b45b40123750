"""The Verification SCP to practise and test against: one that can also fail on purpose."""
