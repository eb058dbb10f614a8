"""What homes and agencies state to each other, each kind with its format."""
