//! The files the pages load: one style sheet, one script for all and one for the queue, two pictures. They are part of the
//! binary, and their address carries a hash of their content, so that a browser may keep them for good.
//!
//! Nothing is loaded from anywhere else. Next: `templates/base.html`, which names them.

use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// A file the pages load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// Its name below `/assets/`.
    pub name: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Its content.
    pub text: &'static str,
}

/// All files that can be asked for under `/assets/`.
pub const ALL: [Asset; 5] = [
    Asset {
        name: "console.css",
        content_type: "text/css; charset=utf-8",
        text: include_str!("../../assets/console.css"),
    },
    Asset {
        name: "console.js",
        content_type: "text/javascript; charset=utf-8",
        text: include_str!("../../assets/console.js"),
    },
    Asset {
        name: "queue.js",
        content_type: "text/javascript; charset=utf-8",
        text: include_str!("../../assets/queue.js"),
    },
    Asset { name: "favicon.svg", content_type: "image/svg+xml", text: include_str!("../../assets/favicon.svg") },
    Asset { name: "logo.svg", content_type: "image/svg+xml", text: include_str!("../../assets/logo.svg") },
];

/// How long a browser may keep a file whose address carries the hash of its content.
pub const CACHE_FOR_GOOD: &str = "public, max-age=31536000, immutable";

/// Hexadecimal digits of the hash in an address.
const HASH_CHARS: usize = 12;

static ADDRESSES: LazyLock<Vec<(&'static str, String)>> =
    LazyLock::new(|| ALL.iter().map(|asset| (asset.name, address(asset))).collect());

/// The file of that name.
#[must_use]
pub fn find(name: &str) -> Option<Asset> {
    ALL.into_iter().find(|asset| asset.name == name)
}

/// The address of a file, with the hash of its content; the plain path for a name that is none of ours.
#[must_use]
pub fn url(name: &str) -> String {
    let known = ADDRESSES.iter().find(|(known, _)| *known == name);
    known.map_or_else(|| format!("/assets/{name}"), |(_, address)| address.clone())
}

fn address(asset: &Asset) -> String {
    let mut hash = data_encoding::HEXLOWER.encode(&Sha256::digest(asset.text.as_bytes()));
    hash.truncate(HASH_CHARS);
    format!("/assets/{}?v={hash}", asset.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The style sheet's size, in bytes.
    const STYLE_BYTES_MAX: usize = 20 * 1024;
    /// The script's size, in bytes.
    const SCRIPT_BYTES_MAX: usize = 4 * 1024;

    #[track_caller]
    fn check_size(name: &str, most: usize) {
        let bytes = find(name).unwrap().text.len();
        assert!(bytes <= most, "{name} has {bytes} bytes, {most} are allowed");
    }

    #[test]
    fn the_files_stay_small() {
        check_size("console.css", STYLE_BYTES_MAX);
        check_size("console.js", SCRIPT_BYTES_MAX);
        check_size("queue.js", SCRIPT_BYTES_MAX / 2);
    }

    #[test]
    fn an_address_changes_with_the_content() {
        let style = find("console.css").unwrap();
        let other = Asset { text: "body{}", ..style };
        assert_ne!(address(&style), address(&other));
        assert_eq!(url("console.css"), address(&style));
        assert_eq!(url("console.css").len(), "/assets/console.css?v=".len() + HASH_CHARS);
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for asset in ALL {
            let foreign = asset.text.replace("http://www.w3.org/2000/svg", "");
            assert!(!foreign.contains("http://") && !foreign.contains("https://"), "{}", asset.name);
            assert!(!foreign.contains("@import") && !foreign.contains("url("), "{}", asset.name);
        }
    }
}
