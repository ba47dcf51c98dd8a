"""A real Apache Kafka in KRaft mode, for tests and developers, from the jars of Maven."""
