//! A server with a folder of its own, in which it keeps the keys of its callers.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;
use std::process::{Command, Output};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::server::Server;

/// A folder with a configuration and the state of a server.
pub struct Place {
    pub folder: tempfile::TempDir,
}

impl Place {
    pub fn new(text: &str) -> Place {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("veedel.toml"), format!("state = \"state\"\n{text}")).unwrap();
        Place { folder }
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("veedel.toml")
    }

    pub fn server(&self) -> Server {
        Server::ready(&["--config", self.config().to_str().unwrap()])
    }

    /// `veedel key ARGUMENTS…`
    pub fn key(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
        command.arg("key").args(arguments).arg("--config").arg(self.config()).output().unwrap()
    }

    /// A new key, which is printed alone.
    pub fn add(&self, arguments: &[&str]) -> String {
        let made = self.key(&[&["add"], arguments].concat());
        assert!(made.status.success(), "{made:?}");
        let key = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        assert!(key.starts_with("vdl_") && key.len() == 77, "{key}");
        key
    }
}

pub fn bearer(key: &str) -> String {
    format!("Bearer {key}")
}

pub fn basic(user: &str, key: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{key}")))
}
