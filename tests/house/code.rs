//! As much of Rust's grammar as the house rules need: comments, literals, brackets and test code.

/// Whether a character can be in a word.
pub fn is_of_a_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The bytes up to the bracket that closes one already open.
pub fn closing(code: &str, open: char, close: char) -> usize {
    let mut depth = 1;
    for (at, c) in code.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
        }
        if depth == 0 {
            return at;
        }
    }
    code.len()
}

/// Blanks comments, and what stands between the quotes of strings and characters; every byte keeps
/// its place.
pub fn without_comments_and_literals(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let is_in_a_word = code.ends_with(is_of_a_word);
        let (kept, end) = if rest.starts_with("//") {
            (0, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (0, block_comment(rest))
        } else if let (false, Some(end)) = (is_in_a_word, raw_string(rest)) {
            (0, end)
        } else if c == '"' {
            (1, string(rest))
        } else if let ('\'', Some(end)) = (c, character(rest)) {
            (1, end)
        } else {
            (c.len_utf8(), c.len_utf8())
        };
        let blank =
            |text: &str| text.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect::<String>();
        match kept {
            1 if end > 1 => {
                code += &rest[..1];
                code += &blank(&rest[1..end - 1]);
                code += &rest[end - 1..end];
            }
            0 => code += &blank(&rest[..end]),
            _ => code += &rest[..end],
        }
        rest = &rest[end..];
    }
    code
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
        } else {
            at += 1;
        }
        if depth == 0 {
            break;
        }
    }
    at.min(text.len())
}

fn raw_string(text: &str) -> Option<usize> {
    let behind = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = behind.len() - behind.trim_start_matches('#').len();
    let content = behind[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - content.len();
    Some(content.find(&end).map_or(text.len(), |at| start + at + end.len()))
}

fn string(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => (),
        }
    }
    text.len()
}

/// The length of a character literal; None for a lifetime.
fn character(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    if inner.starts_with('\\') {
        return inner.char_indices().skip(2).find(|(_, c)| *c == '\'').map(|(at, _)| at + 2);
    }
    let length = inner.chars().next()?.len_utf8();
    inner[length..].starts_with('\'').then_some(length + 2)
}

/// Blanks the items under `#[cfg(test)]`.
pub fn without_tests(code: &str) -> String {
    let mark = "#[cfg(test)]";
    let mut rest = code;
    let mut kept = String::with_capacity(code.len());
    while let Some(at) = rest.find(mark) {
        kept += &rest[..at];
        let item = &rest[at..];
        let end = match item.find(['{', ';']) {
            Some(brace) if item[brace..].starts_with('{') => {
                (brace + 2 + closing(&item[brace + 1..], '{', '}')).min(item.len())
            }
            Some(semicolon) => semicolon + 1,
            None => item.len(),
        };
        kept.extend(item[..end].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }));
        rest = &item[end..];
    }
    kept + rest
}
