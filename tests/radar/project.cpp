#include "project.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace apilab::radar_weeks {

namespace json = boost::json;

namespace {

json::object dependencies(const Installed& installed) {
    json::object all;
    for (const auto& [name, version] : installed) {
        all[name] = "^" + version;
    }
    return all;
}

}  // namespace

std::string manifest(const Installed& installed) {
    return json::serialize(json::object{
        {"name", "hello"}, {"version", "1.0.0"}, {"dependencies", dependencies(installed)}});
}

std::string lockfile(const Installed& installed) {
    json::object packages;
    packages[""] = json::object{
        {"name", "hello"}, {"version", "1.0.0"}, {"dependencies", dependencies(installed)}};
    for (const auto& [name, version] : installed) {
        packages["node_modules/" + name] = json::object{{"version", version}};
    }
    return json::serialize(json::object{{"name", "hello"},
                                        {"version", "1.0.0"},
                                        {"lockfileVersion", 3},
                                        {"packages", std::move(packages)}});
}

}  // namespace apilab::radar_weeks
