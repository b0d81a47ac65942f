//! What SteamCMD says and leaves behind, as pure functions over bytes.
