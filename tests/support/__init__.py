"""What tests share: customers, sites, vendors, brokers, and the checks of money."""
