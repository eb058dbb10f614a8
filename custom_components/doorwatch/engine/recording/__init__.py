"""The clip recorder: encoded packets in, finished clips out."""
