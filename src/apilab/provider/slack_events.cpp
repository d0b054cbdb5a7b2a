#include "apilab/provider/slack_events.hpp"

#include <algorithm>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/data/decode.hpp"

namespace apilab::provider::slack {
namespace {

constexpr std::size_t body_max = std::size_t{1} << 20U;

Error missing(std::string_view pointer) {
    return Error(ErrorKind::decode, "slack event: " + std::string(pointer) + " is missing")
        .with_detail(std::string(pointer));
}

}  // namespace

Result<Envelope> read_event(std::string_view body) {
    APILAB_TRY(const auto document, http::JsonDocument::parse(body, {.size_max = body_max}));
    const auto root = document.root();
    if (!root["type"].is_string()) {
        return fail(missing("/type"));
    }
    // Slack leaves the list out where it has nothing to say.
    auto decoded = data::decode<Envelope>(root);
    if (!decoded) {
        return fail(std::move(decoded).error().in("slack event"));
    }
    auto& envelope = decoded->value;
    const auto type = envelope.type.known();
    if (type == EnvelopeType::event_callback) {
        if (envelope.event_id.value_or("").empty()) {
            return fail(missing("/event_id"));
        }
        if (!root["event"]["type"].is_string()) {
            return fail(missing("/event/type"));
        }
    }
    if (type == EnvelopeType::url_verification && !envelope.challenge) {
        return fail(missing("/challenge"));
    }
    return std::move(envelope);
}

bool is_own(const Envelope& envelope) {
    if (!envelope.event) {
        return false;
    }
    const auto& event = *envelope.event;
    if (event.app_id && event.app_id == envelope.api_app_id) {
        return true;
    }
    return std::ranges::any_of(envelope.authorizations, [&](const Authorization& one) {
        return one.is_bot && event.user && *event.user == one.user_id;
    });
}

bool from_bot(const Event& event) {
    return event.bot_id || event.subtype == "bot_message";
}

}  // namespace apilab::provider::slack
