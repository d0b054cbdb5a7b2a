#include "apilab/sandbox/google/internal/call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "apilab/sandbox/google/internal/bodies.hpp"

namespace apilab::sandbox::google {
namespace {

constexpr std::size_t page_default = 100;
constexpr std::size_t page_max = 500;
constexpr std::size_t labels_max = 100;

bool read_number(std::string_view text, std::size_t& number) {
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
    return wrong == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::vector<std::string> Call::texts(std::string_view name) const {
    std::vector<std::string> all;
    for (const auto one : body[name].elements()) {
        all.emplace_back(one.string_or(""));
    }
    return all;
}

std::vector<std::string> Call::params(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [key, value] : incoming->query) {
        if (key == name) {
            values.push_back(value);
        }
    }
    return values;
}

std::expected<Stretch, http::Response> stretch(const Incoming& incoming, std::size_t total) {
    std::size_t size = page_default;
    if (const auto asked = incoming.param("maxResults"); asked && !read_number(*asked, size)) {
        return std::unexpected(invalid_argument(
            fmt::format("Invalid value at 'max_results' (TYPE_UINT32), \"{}\"", *asked)));
    }
    size = std::clamp<std::size_t>(size, 1, page_max);
    std::size_t first = 0;
    if (const auto token = incoming.param("pageToken"); token && !token->empty()) {
        if (!read_number(*token, first) || first > total) {
            return std::unexpected(invalid_argument("Invalid pageToken"));
        }
    }
    const auto end = std::min(first + size, total);
    return Stretch{
        .first = first, .end = end, .next = end < total ? fmt::format("{:020}", end) : ""};
}

std::expected<LabelChange, http::Response> read_labels(const Call& call) {
    LabelChange change{.add = call.texts("addLabelIds"), .remove = call.texts("removeLabelIds")};
    if (change.add.size() > labels_max || change.remove.size() > labels_max) {
        return std::unexpected(invalid_argument("Too many labels: at most 100 of each."));
    }
    for (const auto* labels : {&change.add, &change.remove}) {
        for (const auto& id : *labels) {
            if (call.mailbox().find_label(id) == nullptr) {
                return std::unexpected(invalid_argument("labelId not found"));
            }
            if (id == "SENT" || id == "DRAFT") {
                return std::unexpected(invalid_argument("Invalid label: " + id));
            }
        }
    }
    return change;
}

}  // namespace apilab::sandbox::google
