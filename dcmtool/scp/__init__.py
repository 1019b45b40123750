"""The Verification SCP to practise and test against, on pynetdicom: one that can also fail on purpose."""
