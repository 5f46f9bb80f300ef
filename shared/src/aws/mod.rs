//! AWS: the adapters behind store, customers, secrets, tokens and queues.
