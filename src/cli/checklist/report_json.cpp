#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "checklist/report.hpp"

namespace apilab::cli::checklist {

namespace {

namespace json = boost::json;

json::object item_json(const Line& line) {
    json::array evidence;
    for (const auto& one : line.answer.evidence) {
        evidence.push_back({{"kind", to_string(one.kind)}, {"text", plain(one.text)}});
        if (evidence.size() == evidence_shown_max) {
            break;
        }
    }
    json::object item{
        {"id", line.item.id},
        {"group", line.item.group},
        {"item", line.item.item},
        {"check", line.item.check},
        {"day", line.item.day},
        {"state", to_string(line.answer.state)},
        {"sentence", plain(line.answer.sentence)},
        {"evidence", std::move(evidence)},
        {"question", line.question.empty() ? json::value() : json::value(line.question)},
        {"answer", nullptr}};
    if (line.persons) {
        item["answer"] = {{"answer", plain(line.persons->answer)},
                          {"by", plain(line.persons->by)},
                          {"on", plain(line.persons->on)},
                          {"link", plain(line.persons->link)}};
    }
    return item;
}

}  // namespace

std::string report_json(const Report& report) {
    const auto summary = summary_of(report.lines);
    json::array items;
    for (const auto& line : report.lines) {
        items.push_back(item_json(line));
    }
    json::array episodes;
    for (const auto& episode : report.episodes) {
        episodes.push_back({{"id", plain(episode.id)},
                            {"trouble", plain(episode.trouble)},
                            {"kept", plain(episode.kept)}});
    }
    return json::serialize(json::object{{"version", 1},
                                        {"name", plain(report.name)},
                                        {"seed", report.seed},
                                        {"summary",
                                         {{"sentence", sentence_of(summary)},
                                          {"automatic", summary.automatic},
                                          {"pass", summary.pass},
                                          {"fail", summary.fail},
                                          {"untested", summary.untested},
                                          {"questions", summary.questions},
                                          {"answered", summary.answered},
                                          {"not_applicable", summary.not_applicable}}},
                                        {"episodes", std::move(episodes)},
                                        {"items", std::move(items)}});
}

std::string created_json(std::string_view file) {
    return json::serialize(json::object{{"version", 1}, {"created", file}});
}

}  // namespace apilab::cli::checklist
