//! Reads the operands of CQL2 text: literals, names, functions and brackets.

use super::area::Area;
use super::expression::{Node, Operator, TextPosition};
use super::fault::fault;
use super::lexer::Token;
use super::text::{OR, Parser, Read, unexpected};
use super::wkt;
use crate::error::{self, Result, said, template};
use crate::query::filter::Arithmetic;

impl Parser<'_, '_> {
    /// Reads one operand, or NOT with its operand.
    pub fn operand(&mut self) -> Result<Read> {
        let (token, position) = self.lexer.next()?;
        match token {
            Token::Text(text) => self.node(Node::Text(text), 1, position),
            Token::Number(digits) => self.number(digits, false, position),
            Token::Sign("-") => self.negative(position),
            Token::Sign("+") => match self.lexer.next()? {
                (Token::Number(digits), _) => self.number(digits, false, position),
                (token, position) => Err(unexpected(&token, position, template!("a number"))),
            },
            Token::Sign("(") => self.bracket(position),
            Token::Quoted(name) => self.node(Node::Property(name), 1, position),
            Token::Word(word) => self.word(word, position),
            token => Err(unexpected(&token, position, template!("a property, a value or a function"))),
        }
    }

    /// Reads what follows a minus sign: a negative number, or an operand that is multiplied by -1.
    fn negative(&mut self, position: TextPosition) -> Result<Read> {
        if let Token::Number(digits) = self.lexer.peek()? {
            self.lexer.next()?;
            return self.number(digits, true, position);
        }
        self.budget.enter(position)?;
        let operand = self.operand()?;
        self.budget.leave();
        let minus_one = self.number("1", true, position)?;
        self.operation(Operator::Arithmetic(Arithmetic::Multiply), vec![minus_one, operand], position)
    }

    /// Reads an expression in brackets. Several expressions, separated by commas, are a list.
    fn bracket(&mut self, position: TextPosition) -> Result<Read> {
        self.budget.enter(position)?;
        let mut items = vec![self.expression(OR)?];
        while self.takes_sign(",")? {
            items.push(self.expression(OR)?);
            self.budget.items(items.len(), position)?;
        }
        self.sign(")")?;
        self.budget.leave();
        match items.len() {
            1 => items.pop().ok_or_else(|| fault(position, "has empty brackets")),
            _ => self.array(items, position),
        }
    }

    fn word(&mut self, word: &str, position: TextPosition) -> Result<Read> {
        let is_called = self.lexer.peek()? == Token::Sign("(");
        let upper = word.to_ascii_uppercase();
        match upper.as_str() {
            "TRUE" => return self.node(Node::Boolean(true), 1, position),
            "FALSE" => return self.node(Node::Boolean(false), 1, position),
            "NOT" => return self.not(position),
            "AND" | "OR" | "LIKE" | "BETWEEN" | "IN" | "IS" | "NULL" | "DIV" => {
                return Err(unexpected(
                    &Token::Word(word),
                    position,
                    template!("a property, a value or a function"),
                )
                .hint("a property of this name stands in double quotes; for NULL write IS NULL"));
            }
            _ => {}
        }
        if let Some(kind) = wkt::kind_of(&upper)
            && (is_called || self.lexer.peek()? == Token::Word("Z") || self.lexer.peek()? == Token::Word("z"))
        {
            let node = self.geometry(kind, position)?;
            return self.node(node, 1, position);
        }
        if !is_called {
            return self.node(Node::Property(word.to_owned()), 1, position);
        }
        self.sign("(")?;
        match upper.as_str() {
            "DATE" | "TIMESTAMP" => self.moment(upper == "DATE", position),
            "INTERVAL" => self.interval(position),
            "BBOX" => {
                let numbers = self.bbox(position)?;
                self.node(Node::Bbox(numbers), 1, position)
            }
            "AREA" if self.takes_areas => self.area(position),
            _ => self.call(word, position),
        }
    }

    /// Reads the two texts of `AREA`.
    fn area(&mut self, position: TextPosition) -> Result<Read> {
        let level = self.text(template!("the name of a level, such as 'district'"))?;
        self.sign(",")?;
        let id = self.text(template!("the id of an area, such as '4'"))?;
        self.sign(")")?;
        self.node(Node::Area(Area { level, id, border: None }), 1, position)
    }

    fn text(&mut self, wanted: &'static str) -> Result<String> {
        match self.lexer.next()? {
            (Token::Text(text), _) => Ok(text),
            (token, position) => Err(unexpected(&token, position, wanted)),
        }
    }

    fn moment(&mut self, is_date: bool, position: TextPosition) -> Result<Read> {
        let text = self.text(template!("a text such as '2026-01-31'"))?;
        self.sign(")")?;
        self.node(if is_date { Node::Date(text) } else { Node::Timestamp(text) }, 1, position)
    }

    fn interval(&mut self, position: TextPosition) -> Result<Read> {
        self.budget.enter(position)?;
        let (start, end) = (self.expression(OR)?, {
            self.sign(",")?;
            self.expression(OR)?
        });
        self.sign(")")?;
        self.budget.leave();
        let height = 1 + start.height.max(end.height);
        self.node(Node::Interval(Box::new([start.expression, end.expression])), height, position)
    }

    /// Reads the arguments of a function, whose opening bracket is already read.
    fn call(&mut self, name: &str, position: TextPosition) -> Result<Read> {
        let Some(operator) = Operator::from_function_name(name) else {
            let known: Vec<&str> = Operator::function_names().collect();
            return Err(fault(position, said!("calls {}, which is no function here", name))
                .hint(error::known(name, &known)));
        };
        self.budget.enter(position)?;
        let mut arguments = vec![];
        loop {
            arguments.push(self.argument(operator)?);
            self.budget.items(arguments.len(), position)?;
            if !self.takes_sign(",")? {
                break;
            }
        }
        self.sign(")")?;
        self.budget.leave();
        let (least, most) = operator.arity();
        if arguments.len() < least || arguments.len() > most {
            return Err(fault(
                position,
                said!("gives {} arguments to {}, which takes {}", arguments.len(), name, least),
            ));
        }
        self.operation(operator, arguments, position)
    }

    /// Reads one argument. For an array function, brackets enclose a list even if it has one item.
    fn argument(&mut self, operator: Operator) -> Result<Read> {
        let mut ahead = self.lexer.clone();
        match (operator, ahead.next()?) {
            (Operator::Array(_), (Token::Sign("("), position)) => {
                let before = std::mem::replace(&mut self.lexer, ahead);
                let list = self.list(position)?;
                if matches!(self.lexer.peek()?, Token::Sign("," | ")")) {
                    return Ok(list);
                }
                // The bracket belongs to the first part of a longer expression.
                self.lexer = before;
                self.expression(OR)
            }
            _ => self.expression(OR),
        }
    }
}
