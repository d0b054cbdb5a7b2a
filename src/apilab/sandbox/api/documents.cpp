#include "apilab/sandbox/api/documents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "apilab/base/rng.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/api/problem.hpp"

namespace apilab::sandbox::api {
namespace {

using http::Json;

// Odd and above 2^53: a double has the even neighbours only.
constexpr std::uint64_t first_id = 9'007'199'254'740'993;
constexpr std::string_view may_change = "/note";
constexpr std::string_view decimal = "rate";

constexpr std::array<std::string_view, 4> new_states{"triaged", "parked", "on_hold", "deferred"};
constexpr std::array<std::string_view, 6> words{"region", "tier",    "origin",
                                                "quota",  "lineage", "weight"};
constexpr std::array<std::string_view, 4> titles{"Grüße aus Köln", "👩‍💻 ships it",
                                                 "שלום, עולם", "Cafe\u0301 or Caf\u00e9\u2028next"};

template <std::size_t n>
std::string_view pick(Rng& rng, const std::array<std::string_view, n>& from) {
    return from.at(static_cast<std::size_t>(rng.between(0, static_cast<std::int64_t>(n) - 1)));
}

std::string written(std::size_t index, std::string_view state, Rng& rng) {
    return fmt::format(
        R"({{"id":{},"title":{},"state":{},"note":null,"{}":0.1000000000000000055{},)"
        R"("owner":{{"login":"ada","{}_{}":[1,{{"deep":true}}]}},"labels":["a","b"],)"
        R"("x_{}_{}":{{"until":"2026-11-27T00:00:00.123456Z","by":null}}}})",
        first_id + 2 * index, http::json_quote(titles.at(index % titles.size())),
        http::json_quote(state), decimal, rng.between(1, 9), pick(rng, words), rng.between(0, 99),
        pick(rng, words), rng.between(0, 99));
}

// The digits behind `"name":`, as they stand in the text: numbers are compared by what they say.
std::string_view digits_of(std::string_view text, std::string_view name) {
    const auto at = text.find(fmt::format("\"{}\"", name));
    const auto colon = at == std::string_view::npos ? at : text.find(':', at);
    if (colon == std::string_view::npos) {
        return {};
    }
    const auto begin = text.find_first_not_of(" \t\r\n", colon + 1);
    return begin == std::string_view::npos
               ? std::string_view()
               : text.substr(begin, text.find_first_of(",} \t\r\n", begin) - begin);
}

struct Differences {
    std::set<std::string> lost;
    std::set<std::string> changed;
    std::set<std::string> added;
};

// Elements of arrays are compared as a whole: what matters is whether anything is gone.
void compare(Json before, Json after, const std::string& pointer, Differences& found) {
    if (pointer == may_change) {
        return;
    }
    if (!before.is_object() || !after.is_object()) {
        if (before.to_text() != after.to_text()) {
            found.changed.insert(pointer.empty() ? "/" : pointer);
        }
        return;
    }
    for (const auto& [key, value] : before.members()) {
        const auto step = pointer + http::pointer_step(key);
        const auto now = after[key];
        if (now.missing()) {
            found.lost.insert(step);
        } else {
            compare(value, now, step, found);
        }
    }
    for (const auto& member : after.members()) {
        if (before[member.key].missing()) {
            found.added.insert(pointer + http::pointer_step(member.key));
        }
    }
}

void note(const Incoming& incoming, std::string name, const std::set<std::string>& pointers) {
    if (!pointers.empty()) {
        incoming.note(std::move(name), fmt::format("{}", fmt::join(pointers, " ")));
    }
}

// Is `id` what is left of one of ours after it was a double?
bool is_rounded(std::string_view id) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
    const bool near = number + 2 >= first_id && number <= first_id + 2 * Documents::count;
    return id.contains('e') || (error == std::errc() && near && number % 2 == 0);
}

}  // namespace

std::string Documents::Document::etag() const {
    return fmt::format("\"{}-{}\"", id, version);
}

Documents::Documents(std::uint64_t seed) : seed_(seed) {
    reset();
}

void Documents::reset() {
    SeededRng rng(seed_ ^ 0xD0C5U);
    documents_.clear();
    damaged_ = 0;
    for (std::size_t index = 0; index < count; ++index) {
        const bool is_new = index % 4 == 3;
        const auto state = is_new           ? pick(rng, new_states)
                           : index % 2 == 0 ? std::string_view("open")
                                            : std::string_view("closed");
        documents_.push_back({.id = std::to_string(first_id + 2 * index),
                              .text = written(index, state, rng),
                              .new_state = is_new});
    }
}

const Documents::Document* Documents::find(const Incoming& incoming, std::string_view id) const {
    const auto found = std::ranges::find(documents_, id, &Document::id);
    if (found == documents_.end()) {
        if (is_rounded(id)) {
            incoming.note("rounded", std::string(id));
        }
        return nullptr;
    }
    incoming.note("document", found->id);
    return &*found;
}

http::Response Documents::list() const {
    std::string ids;
    for (const auto& document : documents_) {
        ids += fmt::format("{}{{\"id\":{}}}", ids.empty() ? "" : ",", document.id);
    }
    return http::Response::json(200, fmt::format("{{\"documents\":[{}]}}", ids));
}

http::Response Documents::get(const Incoming& incoming, std::string_view id) const {
    const auto* document = find(incoming, id);
    if (document == nullptr) {
        return problem(404, "not_found", "there is no such document");
    }
    if (document->new_state) {
        incoming.note("new_value", "/state");
    }
    return http::Response::json(200, document->text).header("etag", document->etag());
}

http::Response Documents::replace(const Incoming& incoming, std::string_view id) {
    const auto* known = find(incoming, id);
    if (known == nullptr) {
        return problem(404, "not_found", "there is no such document");
    }
    const auto match = incoming.request->headers().value("if-match");
    if (match.empty()) {
        return problem(428, "precondition_required", "send If-Match with the document's ETag");
    }
    if (match != known->etag()) {
        return problem(412, "changed_meanwhile", "the document is not what it was: read it again");
    }
    const auto& body = incoming.request->body();
    const auto after = http::JsonDocument::parse(body);
    if (!after || !after->root().is_object()) {
        return problem(400, "not_json", "the body is no JSON object");
    }
    auto& document = documents_[static_cast<std::size_t>(known - documents_.data())];
    const auto before = http::JsonDocument::parse(document.text);
    Differences found;
    compare(before->root(), after->root(), "", found);
    if (digits_of(document.text, decimal) != digits_of(body, decimal) &&
        !found.lost.contains("/" + std::string(decimal))) {
        found.changed.insert("/" + std::string(decimal));
    }
    note(incoming, "lost", found.lost);
    note(incoming, "changed", found.changed);
    note(incoming, "added", found.added);
    damaged_ += found.lost.empty() && found.changed.empty() ? 0 : 1;
    document.text = body;
    document.version += 1;
    return http::Response::json(200, body).header("etag", document.etag());
}

}  // namespace apilab::sandbox::api
