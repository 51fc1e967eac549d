//! Folders of icons and fonts that somebody made to do harm, or by mistake: what is wrong is said, and the rest is served.

use std::os::unix::fs::symlink;
use std::process::Command;

use super::{configured, put, svg};

/// What `veedel check` says of a folder with a configuration, and whether it found faults.
fn check(folder: &std::path::Path, lines: &str) -> (bool, String) {
    std::fs::write(folder.join("veedel.toml"), lines).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
    let output = command.args(["check", "--config"]).arg(folder.join("veedel.toml")).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (!output.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn a_folder_that_is_missing_is_a_fault_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "file", "no folder");
    for (key, value) in [("sprites", "nowhere"), ("fonts", "file")] {
        let (failed, said) = check(folder.path(), &format!("# a line\n[map]\n{key} = \"{value}\"\n"));
        assert!(failed && said.contains("veedel.toml:3:") && said.contains(value), "{said}");
    }
}

#[test]
fn icons_that_are_none_are_left_out_and_the_others_served() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let within = |content: &str| {
        format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9' xmlns:x='http://www.w3.org/1999/xlink'>{content}</svg>"
        )
    };
    let entities = "<!DOCTYPE svg [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>";
    put(root, "secret.svg", svg("#f00", 9));
    put(root, "icons/a/good.svg", svg("#fff", 9));
    let bad: Vec<(&str, Vec<u8>, &str)> = vec![
        ("text.svg", b"hello".to_vec(), "is no SVG"),
        ("binary.svg", vec![0xff; 1000], "UTF-8"),
        ("packed.svg", vec![0x1f, 0x8b, 8, 0], "UTF-8"),
        ("bomb.svg", format!("{entities}{}", within("<title>&b;</title>")).into(), "entities"),
        (
            "external.svg",
            format!("<!DOCTYPE svg [<!ENTITY a SYSTEM '/etc/passwd'>]>{}", within("&a;")).into(),
            "entities",
        ),
        ("image.svg", within("<image x:href='../../secret.svg' width='9' height='9'/>").into(), "\"image\""),
        ("use.svg", within("<use x:href='../../secret.svg#a'/>").into(), "not in the file"),
        (
            "huge.svg",
            "<svg xmlns='http://www.w3.org/2000/svg' width='99999' height='99999'/>".into(),
            "sprite_icon_size",
        ),
        ("deep.svg", within(&"<g>".repeat(5_000)).into(), "no SVG"),
        ("nested.svg", within(&format!("{}{}", "<g>".repeat(9_000), "</g>".repeat(9_000))).into(), "nested"),
        ("long.svg", within(&" ".repeat(70_000)).into(), "65536 bytes"),
    ];
    for (name, content, _) in &bad {
        put(root, &format!("icons/a/{name}"), content);
    }
    put(root, "icons/a,b/x.svg", svg("#fff", 9));
    put(root, "icons/veedel/x.svg", svg("#fff", 9));
    put(root, "icons/a/new\nline.svg", svg("#fff", 9));
    symlink(root.join("secret.svg"), root.join("icons/a/link.svg")).unwrap();
    symlink("good.svg", root.join("icons/a/inside.svg")).unwrap();
    symlink("/etc", root.join("icons/outside")).unwrap();
    symlink("loop.svg", root.join("icons/a/loop.svg")).unwrap();
    assert!(Command::new("mkfifo").arg(root.join("icons/a/pipe.svg")).status().unwrap().success());
    std::fs::create_dir(root.join("icons/a/folder.svg")).unwrap();

    let lines = "[map]\nsprites = \"icons\"\n";
    let (failed, said) = check(root, lines);
    assert!(failed);
    for (name, reason) in bad.iter().map(|(name, _, reason)| (*name, *reason)).chain([
        ("link.svg", "out of the folder"),
        ("loop.svg", "cannot be read"),
        ("pipe.svg", "no file"),
        ("folder.svg", "no file"),
        ("icons/a,b ", "comma"),
        ("icons/veedel ", "veedel's own"),
        ("new\\nline.svg", "no address"),
        ("icons/outside ", "out of the folder"),
    ]) {
        let line = said.lines().find(|line| line.contains(name));
        assert!(line.is_some_and(|line| line.contains(reason)), "{name} {reason}:\n{said}");
    }
    let server = configured(root, lines);
    let index = server.get("/sprites/a.json").json();
    let names: Vec<&String> = index.as_object().unwrap().keys().collect();
    assert_eq!(names, ["good", "inside"]);
    server.says("link.svg is left out");
    for path in
        ["/sprites/outside.json", "/sprites/a%2Cb.json", "/sprites/a%2Fgood.png", "/sprites/..%2Fsecret.png"]
    {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
}

#[test]
fn a_folder_of_ten_thousand_files_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "icons/a/x.svg", svg("#fff", 9));
    for number in 0..10_000 {
        put(folder.path(), &format!("icons/many/{number}.svg"), svg("#fff", 9));
        put(folder.path(), &format!("fonts/{number}.ttf"), "no font");
    }
    let lines = "[map]\nsprites = \"icons\"\nfonts = \"fonts\"\n";
    let began = std::time::Instant::now();
    let server = configured(folder.path(), lines);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    assert_eq!(server.get("/sprites/a.png").status, 200);
    assert_eq!(server.get("/sprites/many.png").status, 404);
    server.says("more than 2000 icons (sprite_icons)");
    server.says("there are more than 200 fonts (font_files)");
    server.says("9901 more files are left out");
}

#[test]
fn what_finds_no_room_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..3 {
        put(folder.path(), &format!("icons/a{number}/x.svg"), svg("#fff", 30) + &" ".repeat(30_000));
    }
    put(folder.path(), "icons/large/x.svg", svg("#fff", 33));
    put(folder.path(), "icons/0long/x.svg", svg("#fff", 9) + &" ".repeat(50_000));
    let noto = "/usr/share/fonts/truetype/noto";
    std::fs::create_dir(folder.path().join("fonts")).unwrap();
    for name in ["NotoSansMath-Regular.ttf", "NotoSansSymbols-Regular.ttf", "NotoSans-Bold.ttf"] {
        std::fs::copy(format!("{noto}/{name}"), folder.path().join("fonts").join(name)).unwrap();
    }
    put(folder.path(), "fonts/none.otf", "no font");
    let lines = "[map]\nsprites = \"icons\"\nfonts = \"fonts\"\n[limits]\nsprite_bytes = \"64 KiB\"\n\
                 sprite_icon_bytes = \"32 KiB\"\nsprite_icon_size = 32\nfont_files = 3\nfont_bytes = \"768 KiB\"\n";
    let server = configured(folder.path(), lines);
    let list = |path: &str, key: &str, name: &str| -> Vec<String> {
        let list = server.get(path).json();
        list[key].as_array().unwrap().iter().map(|one| one[name].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(list("/sprites", "sprites", "id"), ["veedel", "a0", "a1"], "{}", server.log());
    assert_eq!(list("/fonts", "fonts", "name")[3..], ["Noto Sans Math Regular"]);
    for words in [
        "sprite_bytes",
        "sprite_icon_size",
        "32768 bytes",
        "font_files",
        "font_bytes",
        "another font named \"Noto Sans Bold\"",
    ] {
        assert!(server.log().contains(words), "{words}: {}", server.log());
    }
}
