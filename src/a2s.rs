//! A2S_INFO: how a server is asked who it is. Pure encoding and decoding; sockets are the caller's.
