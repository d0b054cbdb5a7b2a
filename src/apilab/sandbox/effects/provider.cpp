#include "apilab/sandbox/effects/provider.hpp"

#include <fmt/format.h>

#include <array>

#include "apilab/http/json.hpp"

namespace apilab::sandbox::effects {
namespace {

constexpr std::size_t key_max = 255;

const std::array<Route, 2> table{{
    {"POST", "/", "create_effect", http::Effect::write},
    {"GET", "/", "list_effects"},
}};

http::Response problem(int status, std::string_view message) {
    return http::Response::json(status,
                                fmt::format(R"({{"error":{}}})", http::json_quote(message)));
}

}  // namespace

std::span<const Route> EffectsProvider::routes() const {
    return table;
}

http::Response EffectsProvider::answer(const Incoming& incoming) {
    if (incoming.route->operation == "create_effect") {
        return create(incoming);
    }
    std::string list;
    for (const auto& effect : effects_) {
        list += (list.empty() ? "" : ",") + effect;
    }
    return http::Response::json(200, fmt::format(R"({{"effects":[{}]}})", list));
}

http::Response EffectsProvider::create(const Incoming& incoming) {
    const auto& body = incoming.request->body();
    const auto document = http::JsonDocument::parse(body);
    const auto event = document ? document->root()["event"].string() : std::nullopt;
    if (!event || event->empty()) {
        return problem(422, "event: expected the id of the event, a string");
    }
    incoming.note("event", std::string(*event));
    if (const auto version = document->root()["version"].string()) {
        incoming.note("version", std::string(version->substr(0, key_max)));
    }
    const std::string key(incoming.request->headers().value("idempotency-key"));
    if (key.size() > key_max) {
        return problem(400, "Idempotency-Key: at most 255 characters");
    }
    if (const auto kept = kept_.find(key); !key.empty() && kept != kept_.end()) {
        incoming.note("effect", "none");
        if (kept->second.body != body) {
            return problem(422, "Idempotency-Key: was used for another body");
        }
        auto again = http::Response::json(201, kept->second.answer);
        again.header("idempotent-replayed", "true");
        return again;
    }
    effects_.push_back(fmt::format(R"({{"id":"eff_{}","event":{}}})", effects_.size() + 1,
                                   http::json_quote(*event)));
    if (!key.empty()) {
        kept_.emplace(key, Kept{.body = body, .answer = effects_.back()});
    }
    return http::Response::json(201, effects_.back());
}

http::Response EffectsProvider::unknown_path(const http::Request& /*request*/) const {
    return problem(404, "there is POST /effects and GET /effects");
}

http::Response EffectsProvider::refuse(const Refusal& refusal, SystemTime /*now*/) const {
    const int status = refusal.status != 0 ? refusal.status : 429;
    return problem(status, http::reason_phrase(status));
}

void EffectsProvider::reset() {
    effects_.clear();
    kept_.clear();
}

}  // namespace apilab::sandbox::effects
