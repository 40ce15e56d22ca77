"""One test for each published test assertion of eDelivery AS4 (as4-assertions.txt), named by its id."""
