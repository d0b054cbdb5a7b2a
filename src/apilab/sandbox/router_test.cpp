#include "apilab/sandbox/router.hpp"

#include <gtest/gtest.h>

namespace apilab::sandbox {
namespace {

const std::vector<Route>& routes() {
    static const std::vector<Route> all = {{"GET", "/{package+}", "rest", {}},
                                           {"GET", "/{package}", "package", {}},
                                           {"GET", "/{package}/{version}", "version", {}},
                                           {"GET", "/{package}/latest", "latest", {}},
                                           {"GET", "/-/ping", "ping", {}},
                                           {"PUT", "/{package}", "publish", {}}};
    return all;
}

std::string operation(std::string_view method, std::string_view path) {
    const auto router = Router::make(routes());
    const auto match = router->find(method, split_path(path));
    return match.route == nullptr ? "none" : match.route->operation;
}

TEST(Router, takes_the_most_specific_route_whatever_their_order) {
    EXPECT_EQ(operation("GET", "/left-box"), "package");
    EXPECT_EQ(operation("GET", "/left-box/1.0.0"), "version");
    EXPECT_EQ(operation("GET", "/left-box/latest"), "latest");
    EXPECT_EQ(operation("GET", "/-/ping"), "ping");
    EXPECT_EQ(operation("GET", "/a/b/c"), "rest");
    EXPECT_EQ(operation("GET", "/"), "none");
}

TEST(Router, keeps_methods_apart_and_lets_head_mean_get) {
    EXPECT_EQ(operation("PUT", "/left-box"), "publish");
    EXPECT_EQ(operation("HEAD", "/left-box"), "package");
    EXPECT_EQ(operation("DELETE", "/left-box"), "none");
    EXPECT_EQ(operation("get", "/left-box"), "none");
}

TEST(Router, gives_the_values_decoded) {
    const auto router = Router::make(routes());
    const auto match = router->find("GET", split_path("/@octo%2Futil/1.0.0"));
    EXPECT_EQ(match.values.at("package"), "@octo/util");
    EXPECT_EQ(match.values.at("version"), "1.0.0");
}

TEST(Router, refuses_an_operation_named_twice_and_a_broken_template) {
    const std::vector<Route> twice = {{"GET", "/a", "x", {}}, {"GET", "/b", "x", {}}};
    EXPECT_FALSE(Router::make(twice));
    const std::vector<Route> broken = {{"GET", "/{a", "x", {}}};
    EXPECT_FALSE(Router::make(broken));
}

}  // namespace
}  // namespace apilab::sandbox
