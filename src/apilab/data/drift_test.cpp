#include "apilab/data/drift.hpp"

#include <gtest/gtest.h>

#include "apilab/data/decode.hpp"

namespace apilab::data {
namespace {

struct Item {
    int id = 0;
};
BOOST_DESCRIBE_STRUCT(Item, (), (id))

DriftReport report_of(std::string_view text, std::size_t entries_max = 100) {
    auto decoded = decode<std::vector<Item>>(
        text, {.on_drift = OnDrift::discard_item, .drift_entries_max = entries_max});
    EXPECT_TRUE(decoded) << decoded.error().to_string();
    return decoded ? decoded->drift : DriftReport();
}

TEST(DriftCounters, count_by_operation_kind_and_place) {
    DriftCounters counters;
    counters.add("items.list", report_of(R"([{"id":1},{"id":"2"},{"id":"3"},{"id":4,"new":1}])"));
    counters.add("items.list", report_of(R"([{"id":"2"}])"));
    counters.add("items.get", report_of("[]"));
    const auto rows = counters.rows();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].kind, DriftKind::wrong_type);
    EXPECT_EQ(rows[0].pattern, "/*/id");
    EXPECT_EQ(rows[0].count, 3U);
    EXPECT_EQ(rows[1].kind, DriftKind::new_field);
    EXPECT_EQ(counters.documents("items.list"), 2U);
    EXPECT_EQ(counters.documents("other"), 0U);
    const auto text = counters.text();
    EXPECT_TRUE(text.contains(
        R"(apilab_drift_total{operation="items.list",kind="wrong_type",pointer="/*/id"} 3)"))
        << text;
    EXPECT_TRUE(text.contains(R"(apilab_drift_documents_total{operation="items.get"} 1)"));
    EXPECT_TRUE(text.contains(R"(apilab_drift_items_discarded_total{operation="items.list"} 3)"));
}

TEST(DriftCounters, count_what_has_no_entry_as_other) {
    DriftCounters counters;
    counters.add("o", report_of(R"([{"id":1,"a":1,"b":1,"c":1}])", 1));
    const auto rows = counters.rows();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].pattern, "/*/a");
    EXPECT_EQ(rows[1].pattern, "other");
    EXPECT_EQ(rows[1].count, 2U);
}

TEST(DriftCounters, do_not_grow_without_end) {
    DriftCounters counters({.rows_max = 10});
    for (int i = 0; i < 200; ++i) {
        counters.add("o" + std::to_string(i % 3),
                     report_of(R"([{"id":1,"n)" + std::to_string(i) + R"(":1}])"));
    }
    EXPECT_LE(counters.rows().size(), 20U);
    std::uint64_t all = 0;
    for (const auto& row : counters.rows()) {
        all += row.count;
    }
    EXPECT_EQ(all, 200U);
}

}  // namespace
}  // namespace apilab::data
