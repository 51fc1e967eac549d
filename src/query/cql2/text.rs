//! Reads CQL2 text (OGC 21-065r2, annex B), by precedence climbing.
//!
//! From loose to tight, the operators are OR, AND, NOT, comparisons, `+ -`, `* / % DIV`, `^`. The
//! [`Budget`] counts the depth of brackets, arguments and NOT, and the height of the tree, because
//! `1+1+1+…` nests without brackets.

use super::budget::Budget;
use super::expression::{Expression, Node, Operator, TextPosition};
use super::fault::fault;
use super::lexer::{Lexer, Token};
use crate::error::{Error, Result, Said, said, template};
use crate::limits::Limits;
use crate::query::decimal;
use crate::query::filter::{Arithmetic, Comparison};

/// Reads a filter in CQL2 text.
///
/// # Errors
///
/// Fails with the parameter `filter` and the column of the mistake if the text is no valid CQL2
/// text or exceeds a limit.
pub fn parse(text: &str, limits: &Limits) -> Result<Expression> {
    read(text, limits, false)
}

/// Reads the condition of a rule in CQL2 text, which may name areas by reference:
/// `AREA('district', '4')`.
///
/// # Errors
///
/// Fails as [`parse`] does.
pub fn parse_rule(text: &str, limits: &Limits) -> Result<Expression> {
    read(text, limits, true)
}

fn read(text: &str, limits: &Limits, takes_areas: bool) -> Result<Expression> {
    let mut parser =
        Parser { lexer: Lexer::new(text), budget: Budget::new(text.len(), limits)?, takes_areas };
    let read = parser.expression(OR)?;
    match parser.lexer.next()? {
        (Token::End, _) => Ok(read.expression),
        (token, position) => {
            Err(unexpected(&token, position, template!("the end, or AND, OR or an operator")))
        }
    }
}

/// An expression and the height of its tree.
pub(super) struct Read {
    pub expression: Expression,
    pub height: usize,
}

pub(super) struct Parser<'a, 'l> {
    pub lexer: Lexer<'a>,
    pub budget: Budget<'l>,
    /// Whether `AREA` is a function.
    pub takes_areas: bool,
}

/// How tightly an operator binds; a higher level binds tighter.
type Level = u8;
pub(super) const OR: Level = 0;
const AND: Level = 1;
const NOT: Level = 2;
const COMPARISON: Level = 3;
const SUM: Level = 4;
const PRODUCT: Level = 5;
const POWER: Level = 6;

/// An operator between two operands, or behind one.
enum Infix {
    Operator(Operator, Level),
    Like,
    Between,
    In,
    Is,
    /// NOT before LIKE, BETWEEN or IN.
    Not,
}

impl Parser<'_, '_> {
    /// Reads an expression of operators that bind at least as tightly as `least`.
    pub fn expression(&mut self, least: Level) -> Result<Read> {
        let mut left = self.operand()?;
        while let Some(infix) = infix(&self.lexer.peek()?) {
            let level = infix.level();
            if level < least {
                break;
            }
            let (_, position) = self.lexer.next()?;
            left = match infix {
                Infix::Operator(operator @ (Operator::And | Operator::Or), level) => {
                    self.chain(left, operator, level)?
                }
                Infix::Operator(operator, level) => {
                    let right =
                        if level == POWER { self.power(position)? } else { self.expression(level + 1)? };
                    self.operation(operator, vec![left, right], position)?
                }
                Infix::Not => {
                    let positive = self.negated(left, position)?;
                    self.operation(Operator::Not, vec![positive], position)?
                }
                predicate => self.predicate(predicate, left, position)?,
            };
        }
        Ok(left)
    }

    /// Reads the right side of `^`. Powers associate to the right, all other operators to the left.
    fn power(&mut self, position: TextPosition) -> Result<Read> {
        self.budget.enter(position)?;
        let right = self.expression(POWER)?;
        self.budget.leave();
        Ok(right)
    }

    /// Reads the rest of `a AND b AND c` after the first AND, and makes one node of it.
    fn chain(&mut self, first: Read, operator: Operator, level: Level) -> Result<Read> {
        let position = first.expression.position;
        let mut parts = vec![first, self.expression(level + 1)?];
        while let Some(Infix::Operator(next, _)) = infix(&self.lexer.peek()?) {
            if next != operator {
                break;
            }
            self.lexer.next()?;
            parts.push(self.expression(level + 1)?);
        }
        self.operation(operator, parts, position)
    }

    /// Reads what follows `left NOT`.
    fn negated(&mut self, left: Read, position: TextPosition) -> Result<Read> {
        match infix(&self.lexer.peek()?) {
            Some(predicate @ (Infix::Like | Infix::Between | Infix::In)) => {
                self.lexer.next()?;
                self.predicate(predicate, left, position)
            }
            _ => Err(self.wants(template!("LIKE, BETWEEN or IN behind NOT"))),
        }
    }

    fn predicate(&mut self, predicate: Infix, left: Read, position: TextPosition) -> Result<Read> {
        match predicate {
            Infix::Like => {
                let outside = std::mem::replace(&mut self.lexer.in_pattern, true);
                let pattern = self.expression(SUM)?;
                self.lexer.in_pattern = outside;
                self.operation(Operator::Like, vec![left, pattern], position)
            }
            Infix::Between => {
                let lower = self.expression(SUM)?;
                self.keyword("AND")?;
                let upper = self.expression(SUM)?;
                self.operation(Operator::Between, vec![left, lower, upper], position)
            }
            Infix::In => {
                self.sign("(")?;
                let list = self.list(position)?;
                self.operation(Operator::In, vec![left, list], position)
            }
            _ => {
                let negated = self.takes_keyword("NOT")?;
                self.keyword("NULL")?;
                let is_null = self.operation(Operator::IsNull, vec![left], position)?;
                if negated { self.operation(Operator::Not, vec![is_null], position) } else { Ok(is_null) }
            }
        }
    }

    /// Reads the items of a list up to its closing bracket; the opening one is already read.
    pub fn list(&mut self, position: TextPosition) -> Result<Read> {
        self.budget.enter(position)?;
        let mut items = vec![];
        if !self.takes_sign(")")? {
            loop {
                items.push(self.expression(OR)?);
                self.budget.items(items.len(), position)?;
                if !self.takes_sign(",")? {
                    break;
                }
            }
            self.sign(")")?;
        }
        self.budget.leave();
        self.array(items, position)
    }

    pub fn array(&mut self, items: Vec<Read>, position: TextPosition) -> Result<Read> {
        let height = items.iter().map(|item| item.height).max().unwrap_or(0);
        let items = items.into_iter().map(|item| item.expression).collect();
        self.node(Node::Array(items), height + 1, position)
    }

    pub fn operation(
        &mut self,
        operator: Operator,
        arguments: Vec<Read>,
        position: TextPosition,
    ) -> Result<Read> {
        let height = arguments.iter().map(|argument| argument.height).max().unwrap_or(0);
        let arguments = arguments.into_iter().map(|argument| argument.expression).collect();
        self.node(Node::Operation(operator, arguments), height + 1, position)
    }

    pub fn node(&mut self, node: Node, height: usize, position: TextPosition) -> Result<Read> {
        self.budget.node(position)?;
        self.budget.height(height, position)?;
        Ok(Read { expression: Expression { node, position }, height })
    }

    /// Reads NOT and its operand.
    pub fn not(&mut self, position: TextPosition) -> Result<Read> {
        self.budget.enter(position)?;
        let denied = self.expression(NOT)?;
        self.budget.leave();
        self.operation(Operator::Not, vec![denied], position)
    }

    /// Returns the literal of a number with its sign.
    pub fn number(&mut self, digits: &str, is_negative: bool, position: TextPosition) -> Result<Read> {
        let digits = if is_negative { format!("-{digits}") } else { digits.to_owned() };
        match decimal::without_exponent(&digits) {
            Some(digits) => self.node(Node::Number(digits), 1, position),
            None => Err(fault(position, said!("has a number beyond what can be compared: {}", digits))),
        }
    }

    pub fn sign(&mut self, sign: &'static str) -> Result<()> {
        if self.takes_sign(sign)? { Ok(()) } else { Err(self.wants(sign)) }
    }

    pub fn takes_sign(&mut self, sign: &'static str) -> Result<bool> {
        let is_next = self.lexer.peek()? == Token::Sign(sign);
        if is_next {
            self.lexer.next()?;
        }
        Ok(is_next)
    }

    fn keyword(&mut self, word: &'static str) -> Result<()> {
        if self.takes_keyword(word)? { Ok(()) } else { Err(self.wants(word)) }
    }

    pub fn takes_keyword(&mut self, word: &'static str) -> Result<bool> {
        let is_next = matches!(self.lexer.peek()?, Token::Word(next) if next.eq_ignore_ascii_case(word));
        if is_next {
            self.lexer.next()?;
        }
        Ok(is_next)
    }

    /// Returns the error that `what` is missing before the next token.
    pub fn wants(&mut self, what: &'static str) -> Error {
        match self.lexer.next() {
            Ok((token, position)) => unexpected(&token, position, what),
            Err(error) => error,
        }
    }
}

impl Infix {
    fn level(&self) -> Level {
        match self {
            Infix::Operator(_, level) => *level,
            _ => COMPARISON,
        }
    }
}

fn infix(token: &Token<'_>) -> Option<Infix> {
    let comparison = |comparison| Infix::Operator(Operator::Comparison(comparison), COMPARISON);
    let arithmetic = |arithmetic, level| Infix::Operator(Operator::Arithmetic(arithmetic), level);
    Some(match token {
        Token::Word(word) => match word.to_ascii_uppercase().as_str() {
            "AND" => Infix::Operator(Operator::And, AND),
            "OR" => Infix::Operator(Operator::Or, OR),
            "DIV" => arithmetic(Arithmetic::WholeQuotient, PRODUCT),
            "LIKE" => Infix::Like,
            "BETWEEN" => Infix::Between,
            "IN" => Infix::In,
            "IS" => Infix::Is,
            "NOT" => Infix::Not,
            _ => return None,
        },
        Token::Sign(sign) => match *sign {
            "=" => comparison(Comparison::Equal),
            "<>" => comparison(Comparison::NotEqual),
            "<" => comparison(Comparison::Less),
            "<=" => comparison(Comparison::LessOrEqual),
            ">" => comparison(Comparison::Greater),
            ">=" => comparison(Comparison::GreaterOrEqual),
            "+" => arithmetic(Arithmetic::Add, SUM),
            "-" => arithmetic(Arithmetic::Subtract, SUM),
            "*" => arithmetic(Arithmetic::Multiply, PRODUCT),
            "/" => arithmetic(Arithmetic::Divide, PRODUCT),
            "%" => arithmetic(Arithmetic::Remainder, PRODUCT),
            "^" => arithmetic(Arithmetic::Power, POWER),
            _ => return None,
        },
        _ => return None,
    })
}

/// Returns the error that `token` was found where `wanted` should be.
pub(super) fn unexpected(token: &Token<'_>, position: TextPosition, wanted: &'static str) -> Error {
    let found = match token {
        Token::End => {
            return fault(position, said!("ends where it should go on with {}", Said::from(wanted)));
        }
        Token::Word(word) | Token::Number(word) => word.to_string(),
        Token::Sign(sign) => sign.to_string(),
        Token::Quoted(name) => format!("\"{name}\""),
        Token::Text(text) => format!("'{text}'"),
    };
    let found: String = found.chars().take(40).collect();
    fault(position, said!("has {} where it wants {}", found, Said::from(wanted)))
}
