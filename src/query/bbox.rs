//! The parameter `bbox`: the box in which features are looked for.

use crate::error::{Error, Result, Said, said};
use crate::geo::{Bbox, Crs};

/// A box in a coordinate system, x before y. A box that crosses the 180th meridian is two boxes.
#[derive(Clone, Debug, PartialEq)]
pub struct BboxFilter {
    /// One box, or two if it crosses the 180th meridian, in the units of `crs`.
    pub boxes: Vec<Bbox>,
    /// The lowest and the highest height, in the unit of the stored heights; None if any height
    /// matches.
    pub heights: Option<[f64; 2]>,
    /// The coordinate system of the boxes.
    pub crs: Crs,
}

impl BboxFilter {
    /// Reads `bbox` (OGC 17-069r4, 7.15.3): four numbers, or six with heights, in the axis order of
    /// `crs`. In a geographic system west may exceed east; then the box crosses the 180th meridian.
    ///
    /// # Errors
    ///
    /// Fails and names `bbox` if the number of values is wrong, a value is not finite or lies
    /// outside the earth, or a minimum is above its maximum.
    ///
    /// # Examples
    ///
    /// ```
    /// use veedel::geo::Crs;
    /// use veedel::query::BboxFilter;
    ///
    /// let across = BboxFilter::parse("170,-10,-170,10", Crs::Crs84).unwrap();
    /// assert_eq!(across.boxes.len(), 2);
    /// assert!(BboxFilter::parse("7,51,6,50", Crs::Epsg(25832)).is_err());
    /// ```
    pub fn parse(text: &str, crs: Crs) -> Result<BboxFilter> {
        let number = |text: &str| match text.trim().parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(fault(said!("{:?} is not a number", text))),
        };
        let numbers = text.split(',').take(7).map(number).collect::<Result<Vec<f64>>>()?;
        BboxFilter::of_numbers(&numbers, crs)
    }

    /// Makes a filter of four or six finite numbers, ordered as in [`parse`](BboxFilter::parse).
    ///
    /// # Errors
    ///
    /// Fails as [`parse`](BboxFilter::parse) does.
    pub fn of_numbers(numbers: &[f64], crs: Crs) -> Result<BboxFilter> {
        let (a, b, c, d, heights) = match *numbers {
            [a, b, c, d] => (a, b, c, d, None),
            [a, b, low, c, d, high] => (a, b, c, d, Some([low, high])),
            _ => return Err(fault(said!("{} numbers where four (or six) are needed", numbers.len()))),
        };
        let ([west, south], [east, north]) =
            if crs.is_north_first() { ([b, a], [d, c]) } else { ([a, b], [c, d]) };
        if south > north {
            return Err(fault(said!("the minimum {} is above the maximum {}", south, north)));
        }
        if let Some([low, high]) = heights.filter(|[low, high]| low > high) {
            return Err(fault(said!("the lowest height {} is above the highest {}", low, high)));
        }
        let is_on_earth =
            [west, east].iter().all(|lon| lon.abs() <= 180.0) && south >= -90.0 && north <= 90.0;
        if crs.is_geographic() && !is_on_earth {
            return Err(fault(said!("longitudes are -180 to 180, latitudes -90 to 90")));
        }
        if west <= east {
            return Ok(BboxFilter { boxes: vec![Bbox::new([west, south], [east, north])], heights, crs });
        }
        if !crs.is_geographic() {
            return Err(fault(said!("the minimum {} is above the maximum {}", west, east)));
        }
        let boxes = vec![Bbox::new([west, south], [180.0, north]), Bbox::new([-180.0, south], [east, north])];
        Ok(BboxFilter { boxes, heights, crs })
    }
}

fn fault(what: Said) -> Error {
    Error::invalid("bbox", what).hint("four numbers: minx,miny,maxx,maxy")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_read_in_the_order_of_their_system() {
        let lonlat = BboxFilter::parse("6.9,50.9,7,51", Crs::Crs84).unwrap();
        let latlon = BboxFilter::parse("50.9,6.9,51,7", Crs::Epsg(4326)).unwrap();
        assert_eq!(lonlat.boxes, latlon.boxes);
        let high = BboxFilter::parse("6.9,50.9,0,7,51,100", Crs::Crs84).unwrap();
        assert_eq!(high, BboxFilter { heights: Some([0.0, 100.0]), ..lonlat });
    }

    #[test]
    fn a_box_over_the_180th_meridian_is_two() {
        let filter = BboxFilter::parse("170,-10,-170,10", Crs::Crs84).unwrap();
        assert_eq!(filter.boxes.len(), 2);
    }

    #[test]
    fn malformed_boxes_name_the_parameter() {
        for text in [
            "",
            "1,2,3",
            "1,2,3,x",
            "1,2,3,NaN",
            "1,2,3,4,5",
            "7,51,6,50",
            "1,2,3,inf",
            "1,2,3,4,5,6,7,8",
            "1,2,9,3,4,8",
        ] {
            let error = BboxFilter::parse(text, Crs::Crs84).unwrap_err();
            assert_eq!(error.parameter.as_deref(), Some("bbox"), "{text}");
        }
        assert!(BboxFilter::parse("2,1,1,2", Crs::Epsg(25832)).is_err());
    }
}
