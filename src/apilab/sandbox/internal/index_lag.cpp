#include "apilab/sandbox/internal/index_lag.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/json_value.hpp"

namespace apilab::sandbox::internal {

namespace json = boost::json;

void IndexLag::written(std::string_view provider, const http::Response& answer, SteadyTime until) {
    constexpr std::size_t made_max = 1000;
    constexpr std::size_t text_max = 200;
    const auto document = http::JsonDocument::parse(answer.body());
    if (!document || !document->root().is_object()) {
        return;
    }
    Made made{.provider = std::string(provider), .members = {}, .until = until};
    for (const auto& [name, value] : document->root().members()) {
        if (!value.is_object() && !value.is_array() && !value.is_null()) {
            auto text = value.is_string() ? std::string(*value.string()) : value.to_text();
            if (text.size() <= text_max) {
                made.members.emplace(name, std::move(text));
            }
        }
    }
    made_.push_back(std::move(made));
    if (made_.size() > made_max) {
        made_.pop_front();
    }
}

void IndexLag::hide(std::string_view provider, const PageShape& shape, SteadyTime now,
                    http::Response& answer, std::map<std::string, std::string>& facts) {
    std::erase_if(made_, [&](const Made& made) { return made.until <= now; });
    if (made_.empty() || shape.id.empty()) {
        return;
    }
    const auto document = http::JsonDocument::parse(answer.body());
    if (!document) {
        return;
    }
    auto body = to_value(document->root());
    json::value* items = &body;
    if (!shape.items.empty()) {
        items = body.is_object() ? body.get_object().if_contains(shape.items) : nullptr;
    }
    if (items == nullptr || !items->is_array()) {
        return;
    }
    const auto hidden = [&](const json::value& item) {
        const auto* id = item.is_object() ? item.get_object().if_contains(shape.id) : nullptr;
        if (id == nullptr) {
            return false;
        }
        const auto text = id->is_string() ? std::string(id->get_string()) : json::serialize(*id);
        return std::ranges::any_of(made_, [&](const Made& made) {
            const auto own = made.members.find(shape.id);
            return made.provider == provider && own != made.members.end() && own->second == text;
        });
    };
    json::array left;
    for (const auto& item : items->get_array()) {
        if (!hidden(item)) {
            left.push_back(item);
        }
    }
    const auto gone = items->get_array().size() - left.size();
    if (gone > 0) {
        *items = std::move(left);
        answer.body(json::serialize(body));
        facts.insert_or_assign("hidden", std::to_string(gone));
    }
}

}  // namespace apilab::sandbox::internal
