#include "apilab/data/join.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "apilab/runtime/virtual_scheduler.hpp"

namespace apilab::data {
namespace {

struct Order {
    int id = 0;
    std::string customer;
};
struct Customer {
    std::string id;
    std::string name;
};

using Orders = std::vector<Result<Order>>;
using Customers = std::vector<Result<Customer>>;

std::unexpected<Error> broken(const char* what) {
    return fail(ErrorKind::status, what);
}

/// `1-ada 2-? 3 left!lost`: matches, unknown ones, none, errors.
template <class Row>
std::string words(const std::vector<Joined<Row>>& joined) {
    std::string out;
    for (const auto& one : joined) {
        out += out.empty() ? "" : " ";
        if (const auto* error = std::get_if<JoinError>(&one)) {
            out += (error->side == JoinSide::left ? "left!" : "right!") + error->error.message();
        } else {
            const auto& row = std::get<Row>(one);
            out += std::to_string(row.left.id);
            out += row.right ? "-" + row.right->name : row.unknown ? "-?" : "";
        }
    }
    return out;
}

std::string left(const Orders& orders, const Customers& customers) {
    const auto joined = left_join(orders, customers, &Order::customer, &Customer::id);
    return joined ? words(*joined) : joined.error().message();
}
std::string inner(const Orders& orders, const Customers& customers) {
    const auto joined = inner_join(orders, customers, &Order::customer, &Customer::id);
    return joined ? words(*joined) : joined.error().message();
}

Orders orders() {
    return {Order{.id = 1, .customer = "a"}, Order{.id = 2, .customer = "x"},
            Order{.id = 3, .customer = "b"}, Order{.id = 4, .customer = "a"}};
}
Customers customers() {
    return {Customer{.id = "b", .name = "bob"}, Customer{.id = "a", .name = "ada"}};
}

TEST(Join, a_left_row_comes_with_its_match_or_alone) {
    EXPECT_EQ(left(orders(), customers()), "1-ada 2 3-bob 4-ada");
    EXPECT_EQ(inner(orders(), customers()), "1-ada 3-bob 4-ada");
    EXPECT_EQ(left({}, customers()), "");
    EXPECT_EQ(left(orders(), {}), "1 2 3 4");
    EXPECT_EQ(inner(orders(), {}), "");
}

TEST(Join, a_left_row_comes_once_for_each_match) {
    auto twice = customers();
    twice.emplace_back(Customer{.id = "a", .name = "ann"});
    EXPECT_EQ(left(orders(), twice), "1-ada 1-ann 2 3-bob 4-ada 4-ann");
}

TEST(Join, an_error_of_the_left_side_stays_in_its_place) {
    auto some = orders();
    some.insert(some.begin() + 1, broken("lost"));
    EXPECT_EQ(left(some, customers()), "1-ada left!lost 2 3-bob 4-ada");
    EXPECT_EQ(inner(some, customers()), "1-ada left!lost 3-bob 4-ada");
}

TEST(Join, where_the_right_side_failed_no_match_is_unknown) {
    auto some = customers();
    some.front() = broken("429");
    EXPECT_EQ(left(orders(), some), "right!429 1-ada 2-? 3-? 4-ada");
    EXPECT_EQ(inner(orders(), some), "right!429 1-ada 2-? 3-? 4-ada")
        << "an inner join leaves out only what surely has no match";
}

TEST(Join, the_held_side_has_a_limit) {
    const auto joined = left_join(orders(), customers(), &Order::customer, &Customer::id,
                                  {.held_max = 1, .errors_max = 1});
    ASSERT_FALSE(joined);
    EXPECT_EQ(joined.error().kind(), ErrorKind::too_large);
    EXPECT_TRUE(left_join(orders(), customers(), &Order::customer, &Customer::id, {.held_max = 2}));
}

TEST(Join, errors_beyond_the_limit_are_counted) {
    const Customers bad{broken("a"), broken("b"), broken("c")};
    const auto joined = left_join(Orders{Order{.id = 1, .customer = "a"}}, bad, &Order::customer,
                                  &Customer::id, {.held_max = 9, .errors_max = 2});
    ASSERT_TRUE(joined);
    ASSERT_EQ(joined->size(), 3U);
    EXPECT_TRUE(std::get<JoinError>(joined->at(1)).error.to_string().contains("2 errors"));
    EXPECT_TRUE(std::get<0>(joined->at(2)).unknown);
}

TEST(GroupBy, keeps_rows_in_order_and_errors_beside) {
    auto some = orders();
    some.emplace_back(broken("lost"));
    const auto grouped = group_by(some, &Order::customer);
    ASSERT_TRUE(grouped);
    ASSERT_EQ(grouped->groups.size(), 3U);
    EXPECT_EQ(grouped->groups.at("a").at(0).id, 1);
    EXPECT_EQ(grouped->groups.at("a").at(1).id, 4);
    EXPECT_FALSE(grouped->complete());
    EXPECT_EQ(grouped->errors.at(0).message(), "lost");
    EXPECT_TRUE(group_by(orders(), &Order::customer)->complete());
    EXPECT_FALSE(group_by(some, &Order::customer, {.held_max = 3}));
}

/// A stream of a list, each element a second later.
template <class T>
class Slow {
public:
    Slow(runtime::Scheduler& scheduler, std::vector<Result<T>> rows)
        : scheduler_(scheduler), rows_(std::move(rows)) {}
    runtime::Task<std::optional<Result<T>>> next() {
        (void)co_await scheduler_.sleep_until(scheduler_.now() + std::chrono::seconds(1));
        std::optional<Result<T>> row;
        if (at_ < rows_.size()) {
            row = rows_[at_++];
        }
        co_return row;
    }

private:
    runtime::Scheduler& scheduler_;
    std::vector<Result<T>> rows_;
    std::size_t at_ = 0;
};

template <class Join>
runtime::Task<Result<std::vector<Joined<typename Join::Row>>>> all_of(Join& join) {
    std::vector<Joined<typename Join::Row>> out;
    while (true) {
        auto row = co_await join.next();
        if (!row) {
            co_return fail(std::move(row).error());
        }
        if (!*row) {
            co_return out;
        }
        out.push_back(**std::move(row));
    }
}

std::string async(const Orders& orders, const Customers& customers, JoinOptions options = {}) {
    runtime::VirtualScheduler scheduler;
    Slow<Order> left(scheduler, orders);
    Slow<Customer> right(scheduler, customers);
    AsyncJoin join(JoinSource<Order>([&left] { return left.next(); }),
                   JoinSource<Customer>([&right] { return right.next(); }), &Order::customer,
                   &Customer::id, false, options);
    const auto rows = runtime::run(scheduler, all_of(join));
    const auto after = runtime::run(scheduler, join.next());
    EXPECT_TRUE(after.has_value() && !after->has_value()) << "the end stays the end";
    return rows ? words(*rows) : rows.error().message();
}

TEST(AsyncJoin, gives_the_same_as_over_lists) {
    auto left_rows = orders();
    left_rows.insert(left_rows.begin() + 1, broken("lost"));
    auto right_rows = customers();
    right_rows.emplace_back(broken("429"));
    right_rows.emplace_back(Customer{.id = "a", .name = "ann"});
    EXPECT_EQ(async(left_rows, right_rows), left(left_rows, right_rows));
    EXPECT_EQ(async(orders(), customers()), left(orders(), customers()));
    EXPECT_EQ(async({}, {}), "");
}

TEST(AsyncJoin, ends_at_the_limit_of_the_held_side) {
    EXPECT_TRUE(async(orders(), customers(), {.held_max = 1}).contains("more than 1 rows"));
}

}  // namespace
}  // namespace apilab::data
