//! The map page is embedded from `viewer/dist`, which npm builds (`make viewer`). A build without it is a
//! working server whose `/` says so. The fonts of maps are embedded from a package of Debian.

use std::path::Path;

/// Where Debian's package fonts-noto-core puts its fonts and their licence.
const FONTS: &str = "/usr/share/fonts/truetype/noto";
const LICENCE: &str = "/usr/share/doc/fonts-noto-core/copyright";

fn main() -> std::io::Result<()> {
    std::fs::create_dir_all("viewer/dist")?;
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=viewer/dist");
    println!("cargo::rerun-if-changed=fixtures/city");
    println!("cargo::rerun-if-changed=styles/icons");
    for name in ["NotoSans-Regular.ttf", "NotoSans-Bold.ttf", "NotoSans-Italic.ttf"] {
        embed(&format!("{FONTS}/{name}"), name);
    }
    embed(LICENCE, "fonts-licence.txt");
    Ok(())
}

/// Puts a file of fonts-noto-core to where the code includes it from.
fn embed(from: &str, name: &str) {
    println!("cargo::rerun-if-changed={from}");
    let folder = std::env::var_os("OUT_DIR").unwrap_or_default();
    if let Err(fault) = std::fs::copy(from, Path::new(&folder).join(name)) {
        println!(
            "cargo::error=veedel embeds the fonts of Debian's package fonts-noto-core, and {from} cannot be \
             copied ({fault}): run `apt-get install fonts-noto-core`, or `make serve`, which installs it"
        );
    }
}
