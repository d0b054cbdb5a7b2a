#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/runtime/task.hpp"

namespace apilab::data {

/// Joins of two streams of `Result`s by key, as pages and lookups give them. The right side is held
/// in memory, up to a limit; the left one passes by. An error is an element like any other: it
/// comes out with the side that it is of, in its place, and the join goes on.
///
/// A right side that had an error is incomplete: a left row that found nothing there may have had a
/// match in what is missing. Such a row comes out as `JoinRow::unknown`, never as "no match".
///
/// Duplicates: a left row comes out once for each right row of its key, in the right side's order;
/// a second left row of a key finds them all again.
enum class JoinSide : std::uint8_t { left, right };

struct JoinOptions {
    /// Rows of the side that is held. Default 100,000; beyond, the join ends with `too_large`.
    std::size_t held_max = 100'000;
    /// Errors of that side; what comes beyond is counted in the last one's message. Default 1,000.
    std::size_t errors_max = 1000;
};

/// A left row and what belongs to it.
template <class Left, class Right>
struct JoinRow {
    Left left;
    /// Nothing: no match, unless `unknown`.
    std::optional<Right> right;
    /// No match was found, and the right side is incomplete: there may be one.
    bool unknown = false;
};

struct JoinError {
    JoinSide side = JoinSide::left;
    Error error;
};

template <class Row>
using Joined = std::variant<Row, JoinError>;

/// What a stream gives next: a value, an error, or nothing at its end (and from then on).
template <class T>
using JoinSource = std::function<runtime::Task<std::optional<Result<T>>>()>;

/// The rows of one side by key: the pure half of a join, for streams of any kind.
template <class Key, class Right>
class JoinTable {
public:
    explicit JoinTable(JoinOptions options = {}) : options_(options) {}

    /// One more of the held side. Error: `too_large`.
    template <class KeyOf>
    [[nodiscard]] Result<void> add(Result<Right> row, const KeyOf& key_of) {
        if (!row) {
            ++error_count_;
            if (errors_.size() < options_.errors_max) {
                errors_.push_back(std::move(row).error());
            }
            return {};
        }
        if (++held_ > options_.held_max) {
            return fail(Error(ErrorKind::too_large, "a join holds more than " +
                                                        std::to_string(options_.held_max) +
                                                        " rows in memory")
                            .with_remedy("raise JoinOptions::held_max, or swap the sides"));
        }
        Key key = std::invoke(key_of, std::as_const(*row));
        rows_[std::move(key)].push_back(*std::move(row));
        return {};
    }

    /// Those of a key, in the order in which they came.
    [[nodiscard]] std::span<const Right> find(const Key& key) const {
        const auto found = rows_.find(key);
        return found == rows_.end() ? std::span<const Right>() : std::span(found->second);
    }
    [[nodiscard]] bool complete() const { return error_count_ == 0; }
    [[nodiscard]] std::size_t size() const { return held_; }
    [[nodiscard]] const std::map<Key, std::vector<Right>>& rows() const { return rows_; }
    /// The held side's errors, each once; what is beyond the limit is named in the last one.
    [[nodiscard]] std::vector<Error> errors() const {
        auto errors = errors_;
        if (error_count_ > errors.size() && !errors.empty()) {
            errors.back() =
                std::move(errors.back())
                    .in("the first of " + std::to_string(error_count_ - errors.size() + 1) +
                        " errors that are not listed");
        }
        return errors;
    }

private:
    JoinOptions options_;
    std::map<Key, std::vector<Right>> rows_;
    std::vector<Error> errors_;
    std::size_t error_count_ = 0;
    std::size_t held_ = 0;
};

/// What becomes of one left element: its rows, or its error. `inner`: without those that have no
/// match; those that may have one stay.
template <class Left, class Key, class Right, class KeyOf>
[[nodiscard]] std::vector<Joined<JoinRow<Left, Right>>> join_one(Result<Left> left,
                                                                 const JoinTable<Key, Right>& right,
                                                                 const KeyOf& key_of, bool inner) {
    std::vector<Joined<JoinRow<Left, Right>>> out;
    if (!left) {
        out.push_back(JoinError{.side = JoinSide::left, .error = std::move(left).error()});
        return out;
    }
    const Key key = std::invoke(key_of, std::as_const(*left));
    for (const Right& match : right.find(key)) {
        out.push_back(JoinRow<Left, Right>{.left = *left, .right = match});
    }
    if (out.empty() && (!inner || !right.complete())) {
        out.push_back(JoinRow<Left, Right>{
            .left = *std::move(left), .right = std::nullopt, .unknown = !right.complete()});
    }
    return out;
}

template <class Range>
using RowOf = typename std::ranges::range_value_t<Range>::value_type;
template <class Row, class KeyOf>
using KeyOfRow = std::remove_cvref_t<std::invoke_result_t<const KeyOf&, const Row&>>;

template <class LeftRange, class RightRange>
using JoinOutput = std::vector<Joined<JoinRow<RowOf<LeftRange>, RowOf<RightRange>>>>;

template <class LeftRange, class RightRange, class LeftKey, class RightKey>
[[nodiscard]] Result<JoinOutput<LeftRange, RightRange>> join_ranges(
    LeftRange&& left, RightRange&& right, const LeftKey& left_key, const RightKey& right_key,
    bool inner, JoinOptions options) {
    using Key = KeyOfRow<RowOf<LeftRange>, LeftKey>;
    JoinTable<Key, RowOf<RightRange>> table(options);
    for (auto&& row : std::forward<RightRange>(right)) {
        if (auto added = table.add(std::forward<decltype(row)>(row), right_key); !added) {
            return fail(std::move(added).error());
        }
    }
    JoinOutput<LeftRange, RightRange> out;
    for (auto& error : table.errors()) {
        out.push_back(JoinError{.side = JoinSide::right, .error = std::move(error)});
    }
    for (auto&& row : std::forward<LeftRange>(left)) {
        auto rows = join_one<RowOf<LeftRange>, Key, RowOf<RightRange>>(
            std::forward<decltype(row)>(row), table, left_key, inner);
        std::ranges::move(rows, std::back_inserter(out));
    }
    return out;
}

/// Every left row with its matches, or alone. First the right side's errors, then the left side in
/// its order. Keys of both sides are of one type with `<`.
///
///     auto rows = left_join(orders, customers, &Order::customer, &Customer::id);
///
/// Error: `too_large` beyond `held_max` right rows.
template <std::ranges::input_range LeftRange, std::ranges::input_range RightRange, class LeftKey,
          class RightKey>
[[nodiscard]] auto left_join(LeftRange&& left, RightRange&& right, const LeftKey& left_key,
                             const RightKey& right_key, JoinOptions options = {}) {
    return join_ranges(std::forward<LeftRange>(left), std::forward<RightRange>(right), left_key,
                       right_key, false, options);
}

/// The same without left rows that have no match; where the right side is incomplete they stay, as
/// `unknown`.
template <std::ranges::input_range LeftRange, std::ranges::input_range RightRange, class LeftKey,
          class RightKey>
[[nodiscard]] auto inner_join(LeftRange&& left, RightRange&& right, const LeftKey& left_key,
                              const RightKey& right_key, JoinOptions options = {}) {
    return join_ranges(std::forward<LeftRange>(left), std::forward<RightRange>(right), left_key,
                       right_key, true, options);
}

/// The rows of each key, in the order in which they came, and the errors. Where there are errors, a
/// group may lack rows.
template <class Key, class Row>
struct Groups {
    std::map<Key, std::vector<Row>> groups;
    std::vector<Error> errors;
    [[nodiscard]] bool complete() const { return errors.empty(); }
};

/// Error: `too_large` beyond `held_max` rows.
template <std::ranges::input_range Range, class KeyOf>
[[nodiscard]] auto group_by(Range&& rows, const KeyOf& key_of, JoinOptions options = {})
    -> Result<Groups<KeyOfRow<RowOf<Range>, KeyOf>, RowOf<Range>>> {
    JoinTable<KeyOfRow<RowOf<Range>, KeyOf>, RowOf<Range>> table(options);
    for (auto&& row : std::forward<Range>(rows)) {
        if (auto added = table.add(std::forward<decltype(row)>(row), key_of); !added) {
            return fail(std::move(added).error());
        }
    }
    return Groups<KeyOfRow<RowOf<Range>, KeyOf>, RowOf<Range>>{.groups = table.rows(),
                                                               .errors = table.errors()};
}

/// A join of two asynchronous streams, one element at a time: `next()` reads the right side to its
/// end when it is first called, then one left element whenever the last one's rows are out. Memory:
/// the right side and the matches of one left row.
///
/// Cancellation and errors of the sources come through; the sources are called from `next()` only,
/// one at a time. The join has to outlive its tasks.
template <class Left, class Right, class LeftKey, class RightKey>
class AsyncJoin {
public:
    using Row = JoinRow<Left, Right>;
    using Key = KeyOfRow<Left, LeftKey>;

    AsyncJoin(JoinSource<Left> left, JoinSource<Right> right, LeftKey left_key, RightKey right_key,
              bool inner = false, JoinOptions options = {})
        : left_(std::move(left)),
          right_(std::move(right)),
          left_key_(std::move(left_key)),
          right_key_(std::move(right_key)),
          inner_(inner),
          table_(options) {}
    AsyncJoin(const AsyncJoin&) = delete;
    AsyncJoin& operator=(const AsyncJoin&) = delete;
    ~AsyncJoin() = default;

    /// A row, or an error with its side; nothing at the end. The failing side: `too_large`; nothing
    /// comes after it.
    [[nodiscard]] runtime::Task<Result<std::optional<Joined<Row>>>> next() {
        if (!right_read_) {
            auto read = co_await read_right();
            if (!read) {
                ended_ = true;
                co_return fail(std::move(read).error());
            }
        }
        while (at_ == waiting_.size() && !ended_) {
            std::optional<Result<Left>> row = co_await left_();
            if (!row) {
                ended_ = true;
                break;
            }
            waiting_ = join_one<Left, Key, Right>(*std::move(row), table_, left_key_, inner_);
            at_ = 0;
        }
        std::optional<Joined<Row>> out;
        if (at_ < waiting_.size()) {
            out = std::move(waiting_[at_++]);
        }
        co_return out;
    }

private:
    [[nodiscard]] runtime::Task<Result<void>> read_right() {
        right_read_ = true;
        while (true) {
            std::optional<Result<Right>> row = co_await right_();
            if (!row) {
                break;
            }
            auto added = table_.add(*std::move(row), right_key_);
            if (!added) {
                co_return fail(std::move(added).error());
            }
        }
        for (auto& error : table_.errors()) {
            waiting_.push_back(JoinError{.side = JoinSide::right, .error = std::move(error)});
        }
        co_return Result<void>();
    }

    JoinSource<Left> left_;
    JoinSource<Right> right_;
    LeftKey left_key_;
    RightKey right_key_;
    bool inner_;
    JoinTable<Key, Right> table_;
    std::vector<Joined<Row>> waiting_;
    std::size_t at_ = 0;
    bool right_read_ = false;
    bool ended_ = false;
};

}  // namespace apilab::data
