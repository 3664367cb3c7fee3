//! Who belongs to whom: the rectangular assignment of least cost.
//!
//! Shortest augmenting paths: Jonker and Volgenant, *A shortest augmenting path algorithm for dense and sparse linear
//! assignment problems*, Computing 38, 1987, in the rectangular form of Crouse, *On implementing 2D rectangular
//! assignment algorithms*, IEEE Trans. AES 52, 2016. O(rows · columns · min). Ties have one outcome on every machine:
//! of equal distances the free column wins, then the lower index.

const NONE: usize = usize::MAX;

/// The workspace of the assignment: kept, so that solving allocates nothing once it has seen the largest problem.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assigner {
    row_price: Vec<f64>,
    column_price: Vec<f64>,
    distance: Vec<f64>,
    /// Row from which the shortest path reaches a column.
    from_row: Vec<usize>,
    row_of: Vec<usize>,
    column_of: Vec<usize>,
    row_reached: Vec<bool>,
    column_done: Vec<bool>,
    result: Vec<Option<usize>>,
}

impl Assigner {
    /// The column of each row, such that the sum of `cost(row, column)` over all pairs is least and as many are
    /// assigned as there are of the fewer kind. Costs have to be finite; one that is not counts as the largest number.
    pub fn solve(&mut self, rows: usize, columns: usize, cost: impl Fn(usize, usize) -> f64) -> &[Option<usize>] {
        let sound = |cost: f64| if cost.is_finite() { cost } else { f64::MAX / 1e6 };
        self.result.clear();
        self.result.resize(rows, None);
        if rows <= columns {
            self.match_rows(rows, columns, |row, column| sound(cost(row, column)));
            for (row, column) in self.column_of.iter().enumerate() {
                self.result[row] = (*column != NONE).then_some(*column);
            }
        } else {
            self.match_rows(columns, rows, |column, row| sound(cost(row, column)));
            for (column, row) in self.column_of.iter().enumerate() {
                if let Some(place) = self.result.get_mut(*row) {
                    *place = Some(column);
                }
            }
        }
        &self.result
    }

    /// Needs rows ≤ columns; leaves `column_of` complete.
    fn match_rows(&mut self, rows: usize, columns: usize, cost: impl Fn(usize, usize) -> f64) {
        reset(&mut self.row_price, rows, 0.0);
        reset(&mut self.column_price, columns, 0.0);
        reset(&mut self.distance, columns, f64::INFINITY);
        reset(&mut self.from_row, columns, NONE);
        reset(&mut self.row_of, columns, NONE);
        reset(&mut self.column_of, rows, NONE);
        reset(&mut self.row_reached, rows, false);
        reset(&mut self.column_done, columns, false);
        for row in 0..rows {
            self.augment(row, columns, &cost);
        }
    }

    /// Finds the shortest way from a free row to a free column, and turns the pairs along it over.
    fn augment(&mut self, start: usize, columns: usize, cost: &impl Fn(usize, usize) -> f64) {
        self.distance.fill(f64::INFINITY);
        self.row_reached.fill(false);
        self.column_done.fill(false);
        let (mut row, mut least) = (start, 0.0);
        let sink = loop {
            self.row_reached[row] = true;
            let mut next = NONE;
            for column in 0..columns {
                if self.column_done[column] {
                    continue;
                }
                let over = least + cost(row, column) - self.row_price[row] - self.column_price[column];
                if over < self.distance[column] {
                    self.distance[column] = over;
                    self.from_row[column] = row;
                }
                let nearer = next == NONE || self.distance[column] < self.distance[next];
                let free_tie = next != NONE
                    && self.distance[column] == self.distance[next]
                    && self.row_of[column] == NONE
                    && self.row_of[next] != NONE;
                if nearer || free_tie {
                    next = column;
                }
            }
            least = self.distance[next];
            self.column_done[next] = true;
            match self.row_of[next] {
                NONE => break next,
                taken_by => row = taken_by,
            }
        };
        self.row_price[start] += least;
        for other in 0..self.column_of.len() {
            if self.row_reached[other] && other != start {
                self.row_price[other] += least - self.distance[self.column_of[other]];
            }
        }
        for column in 0..columns {
            if self.column_done[column] {
                self.column_price[column] -= least - self.distance[column];
            }
        }
        let mut column = sink;
        loop {
            let row = self.from_row[column];
            self.row_of[column] = row;
            core::mem::swap(&mut self.column_of[row], &mut column);
            if row == start {
                return;
            }
        }
    }
}

fn reset<T: Clone>(list: &mut Vec<T>, len: usize, value: T) {
    list.clear();
    list.resize(len, value);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn solve(costs: &[&[f64]]) -> Vec<Option<usize>> {
        Assigner::default().solve(costs.len(), costs.first().map_or(0, |row| row.len()), |r, c| costs[r][c]).to_vec()
    }

    #[test]
    fn a_square_of_three_by_hand() {
        // 1 + 2 + 2: the other five permutations cost more.
        let costs: [&[f64]; 3] = [&[4.0, 1.0, 3.0], &[2.0, 0.0, 5.0], &[3.0, 2.0, 2.0]];
        assert_eq!(solve(&costs), [Some(1), Some(0), Some(2)]);
    }

    #[test]
    fn the_surplus_of_the_larger_side_stays_free() {
        assert_eq!(solve(&[&[5.0, 1.0, 9.0]]), [Some(1)]);
        assert_eq!(solve(&[&[5.0], &[1.0], &[9.0]]), [None, Some(0), None]);
        assert_eq!(solve(&[&[], &[]]), [None, None]);
        assert_eq!(solve(&[]), []);
    }

    #[test]
    fn ties_go_to_the_lower_index() {
        assert_eq!(solve(&[&[0.0; 3], &[0.0; 3]]), [Some(0), Some(1)]);
        assert_eq!(solve(&[&[0.0; 2], &[0.0; 2], &[0.0; 2]]), [Some(0), Some(1), None]);
    }

    /// The least sum by trying all ways.
    fn least(costs: &[Vec<f64>], row: usize, taken: &mut Vec<bool>, free_rows: usize) -> f64 {
        if row == costs.len() {
            return 0.0;
        }
        let mut best = f64::INFINITY;
        if free_rows > 0 {
            best = least(costs, row + 1, taken, free_rows - 1);
        }
        for column in 0..taken.len() {
            if !taken[column] {
                taken[column] = true;
                let sum = costs[row][column] + least(costs, row + 1, taken, free_rows);
                taken[column] = false;
                if sum < best {
                    best = sum;
                }
            }
        }
        best
    }

    proptest! {
        #[test]
        fn nothing_is_cheaper(
            costs in (1_usize..6, 1_usize..6).prop_flat_map(|(rows, columns)| {
                prop::collection::vec(prop::collection::vec(-9_i32..9, columns), rows)
            })
        ) {
            let real = |row: &Vec<i32>| row.iter().map(|cost| f64::from(*cost)).collect();
            let costs: Vec<Vec<f64>> = costs.iter().map(real).collect();
            let columns = costs[0].len();
            let mut assigner = Assigner::default();
            // A used workspace has to give the same.
            assigner.solve(3, 7, |r, c| (r * c) as f64);
            let found = assigner.solve(costs.len(), columns, |r, c| costs[r][c]).to_vec();
            let mut used: Vec<usize> = found.iter().flatten().copied().collect();
            prop_assert_eq!(used.len(), costs.len().min(columns));
            used.sort_unstable();
            used.dedup();
            prop_assert_eq!(used.len(), costs.len().min(columns));
            let sum: f64 = found.iter().enumerate().filter_map(|(r, c)| Some(costs[r][(*c)?])).sum();
            let surplus = costs.len().saturating_sub(columns);
            prop_assert_eq!(sum, least(&costs, 0, &mut vec![false; columns], surplus));
        }
    }
}
