"""The page of the lighthouse log, on an origin other than the API's."""
