"""The inspector: a page that shows the policy, the last decisions, and what would change each."""
