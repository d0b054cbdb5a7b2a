#include "apilab/sandbox/api/orders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "apilab/http/date.hpp"
#include "apilab/sandbox/api/problem.hpp"
#include "apilab/sandbox/internal/digest.hpp"

namespace apilab::sandbox::api {
namespace {

constexpr std::size_t orders_max = 100'000;
constexpr std::size_t text_max = 200;
constexpr std::int64_t quantity_max = 100;

bool good_text(http::Json value) {
    const auto text = value.string();
    return text && !text->empty() && text->size() <= text_max;
}

}  // namespace

KeyLedger::Seen KeyLedger::look(const std::string& key, std::string_view body,
                                SteadyTime now) const {
    const auto found = entries_.find(key);
    if (found == entries_.end()) {
        return {};
    }
    const Entry& entry = found->second;
    if (entry.body_sha256 != internal::sha256_hex(body)) {
        return {Answer::mismatch, nullptr};
    }
    return now < entry.ready ? Seen{Answer::in_progress, nullptr}
                             : Seen{Answer::replay, &entry.answer};
}

void KeyLedger::keep(const std::string& key, std::string_view body, http::Response answer,
                     SteadyTime now) {
    if (entries_.size() >= keys_max) {
        entries_.erase(by_age_.begin()->second);
        by_age_.erase(by_age_.begin());
    }
    by_age_.emplace(next_place_++, key);
    entries_.insert_or_assign(key, Entry{.body_sha256 = internal::sha256_hex(body),
                                         .answer = std::move(answer),
                                         .ready = now + busy});
}

void KeyLedger::clear() {
    entries_.clear();
    by_age_.clear();
}

std::string Order::id() const {
    return fmt::format("ord_{:06}", number);
}

std::string Order::to_text() const {
    return boost::json::serialize(
        boost::json::object{{"id", id()},
                            {"reference", reference},
                            {"sku", sku},
                            {"quantity", quantity},
                            {"created_at", http::format_iso_time(created)}});
}

http::Response Orders::place(http::Json fields, std::string_view base_url, SystemTime now) {
    const auto quantity = fields["quantity"];
    const auto pieces = quantity.missing() ? 1 : quantity.integer().value_or(0);
    if (!good_text(fields["reference"]) || !good_text(fields["sku"])) {
        return problem(422, "invalid_field", "reference and sku are strings of 1 to 200 bytes");
    }
    if (pieces < 1 || pieces > quantity_max) {
        return problem(422, "invalid_field", "quantity is a whole number from 1 to 100");
    }
    if (orders_.size() >= orders_max) {
        return problem(422, "too_many", "the shop takes 100,000 orders");
    }
    orders_.push_back({.number = count() + 1,
                       .reference = std::string(fields["reference"].string_or("")),
                       .sku = std::string(fields["sku"].string_or("")),
                       .quantity = pieces,
                       .created = now});
    auto answer = http::Response::json(201, orders_.back().to_text());
    answer.header("location", fmt::format("{}/orders/{}", base_url, orders_.back().id()));
    return answer;
}

http::Response Orders::get(std::string_view id) const {
    const auto found =
        std::ranges::find_if(orders_, [&](const Order& order) { return order.id() == id; });
    return found == orders_.end() ? problem(404, "not_found", "there is no such order")
                                  : http::Response::json(200, found->to_text());
}

http::Response Orders::list(std::string_view reference, std::size_t limit) const {
    std::string text;
    std::size_t listed = 0;
    std::size_t total = 0;
    for (auto order = orders_.rbegin(); order != orders_.rend(); ++order) {
        if (!reference.empty() && order->reference != reference) {
            continue;
        }
        ++total;
        if (listed < limit) {
            text += (listed++ == 0 ? "" : ",") + order->to_text();
        }
    }
    return http::Response::json(200, fmt::format("{{\"orders\":[{}],\"total\":{}}}", text, total));
}

std::int64_t Orders::doubled() const {
    std::set<std::string_view> references;
    for (const Order& order : orders_) {
        references.insert(order.reference);
    }
    return count() - static_cast<std::int64_t>(references.size());
}

}  // namespace apilab::sandbox::api
