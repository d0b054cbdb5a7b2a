#include "apilab/radar/internal/decision_json.hpp"

#include <array>
#include <utility>

namespace apilab::radar::internal {
namespace json = boost::json;

json::value text_or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

json::array texts(const std::vector<std::string>& list) {
    json::array out;
    for (const std::string& text : list) {
        out.emplace_back(text);
    }
    return out;
}

json::object decision_object(const Decision& decision) {
    json::object aliases;
    for (const auto& [id, others] : decision.aliases) {
        aliases[id] = texts(others);
    }
    json::array points;
    for (const Point& point : decision.points) {
        points.push_back(json::object{{"why", point.why}, {"points", point.points}});
    }
    json::object out;
    out["package"] = decision.package;
    out["installed"] = texts(decision.installed);
    out["direct"] = decision.direct;
    out["dev"] = decision.dev;
    out["advisories"] = texts(decision.advisories);
    out["aliases"] = std::move(aliases);
    out["candidate"] = text_or_null(decision.candidate);
    out["change"] = to_string(decision.change);
    out["action"] = to_string(decision.action);
    out["command"] = text_or_null(decision.command);
    out["score"] = decision.score;
    out["points"] = std::move(points);
    out["confidence"] = to_string(decision.confidence);
    out["notes"] = texts(decision.notes);
    return out;
}

namespace {

constexpr std::array changes{Change::in_range, Change::minor, Change::major, Change::none};
constexpr std::array actions{Action::upgrade, Action::decide, Action::mitigate, Action::watch};
constexpr std::array levels{Severity::low, Severity::moderate, Severity::high, Severity::critical};

}  // namespace

Decision read_decision(const KeptJson& json) {
    Decision decision{.package = json.text("package"),
                      .installed = json.texts("installed"),
                      .direct = json.flag("direct"),
                      .dev = json.flag("dev"),
                      .advisories = json.texts("advisories")};
    for (const auto& [id, others] : json.member("aliases").members()) {
        decision.aliases.emplace_back(id, others.own_texts());
    }
    decision.candidate = json.maybe_text("candidate");
    decision.change = json.word("change", changes);
    decision.action = json.word("action", actions);
    decision.command = json.maybe_text("command");
    decision.score = static_cast<int>(json.integer("score", -1'000'000, 1'000'000));
    for (const KeptJson& point : json.elements("points")) {
        decision.points.push_back(
            {point.text("why"), static_cast<int>(point.integer("points", -1'000'000, 1'000'000))});
    }
    decision.confidence = json.word("confidence", confidences);
    decision.notes = json.texts("notes");
    if (json.has("level")) {
        decision.level = json.word("level", levels);
    }
    return decision;
}

}  // namespace apilab::radar::internal
