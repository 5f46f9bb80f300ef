//! Crosschq: client, wire and callbacks. Its words stay in here.
