#include "internal/rows.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <ranges>

#include "internal/stage.hpp"

namespace exercise::internal {
namespace {

namespace sandbox = apilab::sandbox;

Row row_of(const Sent& sent) {
    return {.at = sent.at,
            .method = sent.method,
            .path = sent.path,
            .status = sent.status,
            .error = sent.error};
}

Row row_of(const sandbox::Outbound& call) {
    return {.number = call.seq,
            .at = call.sent,
            .from = call.from,
            .method = call.method,
            .path = call.path,
            .status = call.status,
            .error = call.error};
}

// Did this arrive as that? Under the provider's prefix, or at an address of its own; while the
// program waited for it. What a killed life had sent has no end.
bool is_of(const sandbox::Exchange& arrived, const Row& row, const Sent& sent) {
    const bool open = sent.status == 0 && sent.error.empty();
    const auto prefix = "/" + arrived.provider;
    const bool same_path = row.path == arrived.path || row.path == prefix + arrived.path ||
                           (arrived.path == "/" && row.path == prefix);
    return row.number == 0 && row.method == arrived.method && row.at <= arrived.complete &&
           (open || arrived.complete <= sent.at + sent.elapsed) && same_path;
}

}  // namespace

std::vector<Row> rows_of(const std::vector<Sent>& sent, const sandbox::Journal& journal) {
    std::vector<Row> own;
    std::ranges::transform(sent, std::back_inserter(own),
                           [](const Sent& one) { return row_of(one); });
    std::size_t first = 0;  // all before it have their number
    for (const auto& arrived : journal.rows()) {
        while (first < own.size() && own[first].number != 0) {
            ++first;
        }
        for (std::size_t i = first; i < own.size(); ++i) {
            if (is_of(arrived, own[i], sent[i])) {
                own[i].number = arrived.seq;
                break;
            }
        }
    }
    std::vector<Row> rows;
    std::ranges::transform(journal.outbound(), std::back_inserter(rows),
                           [](const auto& call) { return row_of(call); });
    std::ranges::copy_if(own, std::back_inserter(rows),
                         [](const Row& row) { return row.number != 0; });
    std::ranges::sort(rows, {}, &Row::number);
    for (const Row& row :
         own | std::views::filter([](const Row& one) { return one.number == 0; })) {
        const auto later =
            std::ranges::find_if(rows, [&](const Row& one) { return one.at > row.at; });
        rows.insert(later, row);
    }
    return rows;
}

std::vector<Row> rows_of(const std::vector<Sent>& sent) {
    std::vector<Row> rows;
    for (const Sent& one : sent) {
        rows.push_back(row_of(one));
        rows.back().number = rows.size();
    }
    return rows;
}

}  // namespace exercise::internal
