//! Splits CQL2 text into tokens (words, numbers, quoted texts and signs), one at a time.

use super::expression::TextPosition;
use super::fault::fault;
use crate::error::{Result, said};

/// A token of CQL2 text.
#[derive(Clone, Debug, PartialEq)]
pub enum Token<'a> {
    /// A word without quotes: a keyword, or the name of a function or a property.
    Word(&'a str),
    /// A name in double quotes.
    Quoted(String),
    /// A text in single quotes.
    Text(String),
    /// A number without sign.
    Number(&'a str),
    /// A sign of [`SIGNS`].
    Sign(&'static str),
    /// The end of the text.
    End,
}

/// All signs, longer ones first, so that the longest match is taken.
const SIGNS: &[&str] = &["<=", ">=", "<>", "(", ")", ",", "=", "<", ">", "+", "-", "*", "/", "%", "^"];

/// The part of a text that is not read yet.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    rest: &'a str,
    /// The column of the next character, from 1.
    column: u32,
    /// Whether quoted texts are patterns of LIKE. In a pattern the backslash is the escape
    /// character, so a doubled backslash stays doubled.
    pub in_pattern: bool,
}

impl<'a> Lexer<'a> {
    /// Starts at the beginning of `text`.
    pub fn new(text: &'a str) -> Lexer<'a> {
        Lexer { rest: text, column: 1, in_pattern: false }
    }

    /// Takes the next token and returns it with its position.
    pub fn next(&mut self) -> Result<(Token<'a>, TextPosition)> {
        let spaces = self.rest.len() - self.rest.trim_start().len();
        self.take(spaces);
        let position = TextPosition(self.column);
        let Some(first) = self.rest.chars().next() else { return Ok((Token::End, position)) };
        let token = match first {
            '\'' => Token::Text(self.quoted('\'', position)?),
            '"' => Token::Quoted(self.quoted('"', position)?),
            letter if is_word_start(letter) => Token::Word(self.take_while(is_word_part)),
            digit if digit.is_ascii_digit() || self.begins_fraction() => Token::Number(self.number()),
            _ => match SIGNS.iter().find(|sign| self.rest.starts_with(**sign)) {
                Some(sign) => {
                    self.take(sign.len());
                    Token::Sign(sign)
                }
                None => return Err(fault(position, said!("has a {:?} that belongs nowhere", first))),
            },
        };
        Ok((token, position))
    }

    /// Returns the next token without taking it.
    pub fn peek(&self) -> Result<Token<'a>> {
        self.clone().next().map(|(token, _)| token)
    }

    fn begins_fraction(&self) -> bool {
        self.rest.strip_prefix('.').is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit()))
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.column = self.column.saturating_add(taken.chars().count() as u32);
        taken
    }

    fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|letter| !is_part(letter)).unwrap_or(self.rest.len());
        self.take(end)
    }

    /// Takes the digits, the fraction and the exponent of a number.
    fn number(&mut self) -> &'a str {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let behind = |at: usize| self.rest.get(at..).unwrap_or("");
        let mut end = digits(self.rest);
        if behind(end).starts_with('.') {
            end += 1;
            end += digits(behind(end));
        }
        if behind(end).starts_with(['e', 'E']) {
            let sign = usize::from(behind(end + 1).starts_with(['+', '-']));
            let exponent = digits(behind(end + 1 + sign));
            end += if exponent > 0 { 1 + sign + exponent } else { 0 };
        }
        self.take(end)
    }

    /// Takes a text up to its closing quote. A quote is written in it as two quotes, or as a
    /// backslash and a quote (both are in the standard). Two backslashes are one, as QGIS writes
    /// them, except in a pattern. Before any other character a backslash is a backslash.
    fn quoted(&mut self, quote: char, position: TextPosition) -> Result<String> {
        let mut text = String::new();
        let mut letters = self.rest.char_indices().skip(1).peekable();
        while let Some((at, letter)) = letters.next() {
            let next = letters.peek().map(|(_, next)| *next);
            match letter {
                letter if letter == quote && next == Some(quote) => {
                    letters.next();
                    text.push(quote);
                }
                letter if letter == quote => {
                    self.take(at + quote.len_utf8());
                    return Ok(text);
                }
                '\\' if next == Some('\\') || next == Some(quote) => {
                    if self.in_pattern && quote == '\'' && next == Some('\\') {
                        text.push(letter);
                    }
                    text.extend(next);
                    letters.next();
                }
                other => text.push(other),
            }
        }
        Err(fault(position, "begins a quoted text that does not end").hint(said!("close it with {}", quote)))
    }
}

fn is_word_start(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_' || letter == ':'
}

fn is_word_part(letter: char) -> bool {
    letter.is_alphanumeric() || "_:.".contains(letter) || ('\u{300}'..='\u{36f}').contains(&letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token<'_>> {
        let mut lexer = Lexer::new(text);
        std::iter::from_fn(|| lexer.next().ok())
            .map(|(token, _)| token)
            .take_while(|token| *token != Token::End)
            .collect()
    }

    #[test]
    fn texts_numbers_and_signs_are_told_apart() {
        use Token::*;
        assert_eq!(
            tokens(r#""a ""b" <= 'it''s \'so\' a\\b \% '"#),
            [Quoted("a \"b".into()), Sign("<="), Text(r"it's 'so' a\b \% ".into())]
        );
        assert_eq!(
            tokens("1.5e-3+.5 2e 7."),
            [Number("1.5e-3"), Sign("+"), Number(".5"), Number("2"), Word("e"), Number("7.")]
        );
        assert_eq!(tokens("straße_1.x<>ä"), [Word("straße_1.x"), Sign("<>"), Word("ä")]);
    }

    #[test]
    fn a_pattern_keeps_what_escapes_in_it() {
        let mut lexer = Lexer { in_pattern: true, ..Lexer::new(r#"'C:\\\\%\_\'\x''\\' "a\\b""#) };
        assert_eq!(lexer.next().unwrap().0, Token::Text(r"C:\\\\%\_'\x'\\".into()));
        assert_eq!(lexer.next().unwrap().0, Token::Quoted(r"a\b".into()));
    }

    #[test]
    fn positions_are_numbers_of_characters() {
        let mut lexer = Lexer::new(" ä = 'ü' ");
        let mut position = || lexer.next().unwrap().1.0;
        assert_eq!([position(), position(), position(), position()], [2, 4, 6, 10]);
    }
}
