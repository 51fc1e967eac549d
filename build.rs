//! The map page is embedded from `viewer/dist`, which npm builds (`make viewer`). A build without it is a
//! working server whose `/` says so.

fn main() -> std::io::Result<()> {
    std::fs::create_dir_all("viewer/dist")?;
    println!("cargo::rerun-if-changed=viewer/dist");
    println!("cargo::rerun-if-changed=fixtures/city");
    Ok(())
}
