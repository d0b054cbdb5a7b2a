#include <algorithm>
#include <array>
#include <utility>

#include "apilab/sandbox/google/internal/bodies.hpp"
#include "apilab/sandbox/google/internal/call.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::google {

namespace json = boost::json;

http::Response list_history(const Call& call) {
    const auto start = query_number(*call.incoming, "startHistoryId");
    if (!start || *start < 1) {
        return invalid_argument("Missing or invalid startHistoryId");
    }
    auto records = call.mailbox().history_since(static_cast<std::uint64_t>(*start));
    if (!records) {
        return not_found();
    }
    constexpr std::array<std::string_view, 4> names = {"messageAdded", "messageDeleted",
                                                       "labelAdded", "labelRemoved"};
    const auto types = call.params("historyTypes");
    const auto label = call.incoming->param("labelId");
    std::erase_if(*records, [&](const HistoryRecord& record) {
        const auto name = names.at(static_cast<std::size_t>(record.kind));
        const bool wanted = types.empty() || std::ranges::find(types, name) != types.end();
        return !wanted ||
               (label && std::ranges::find(record.labels, *label) == record.labels.end());
    });
    const auto page = stretch(*call.incoming, records->size());
    if (!page) {
        return page.error();
    }
    json::object answer;
    json::array some;
    for (std::size_t i = page->first; i < page->end; ++i) {
        some.emplace_back(history_object((*records)[i]));
    }
    if (!some.empty()) {
        answer["history"] = std::move(some);
    }
    if (!page->next.empty()) {
        answer["nextPageToken"] = page->next;
    }
    answer["historyId"] = std::to_string(call.mailbox().history_id());
    return found(answer);
}

}  // namespace apilab::sandbox::google
