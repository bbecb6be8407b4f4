"""What tests share: customers, the vendor's sandbox, brokers, and the invariants of money."""
