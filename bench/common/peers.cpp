#include "common/peers.hpp"

#include <filesystem>
#include <stdexcept>

namespace apilab::bench {
namespace {

bool succeeds(Words words) {
    return Process(std::move(words)).wait(std::chrono::seconds(300)).code == 0;
}

}  // namespace

std::string peer_script(const std::string& name) {
    return sibling("peers") + "/" + name;
}

Interpreter node_with_packages() {
    const auto node = installed("node");
    const auto npm = installed("npm");
    if (!node || !npm) {
        return {{}, "there is no node or npm"};
    }
    // npm has its own ideas of where standard input and the working folder are.
    const std::string install =
        "cd \"$1\" && npm install --no-audit --no-fund --prefer-offline --loglevel=error "
        ">npm.log 2>&1 </dev/null";
    if (!succeeds({"/bin/sh", "-c", install, "sh", sibling("peers")})) {
        return {{},
                "npm could not install its packages; its words are in " + peer_script("npm.log")};
    }
    return {node, {}};
}

Interpreter java_with_wiremock() {
    const auto java = installed("java");
    if (!java) {
        return {{}, "there is no java (Debian package default-jre-headless)"};
    }
    if (auto node = node_with_packages(); !node.program) {
        return {{}, node.missing};
    }
    const std::filesystem::path folder = peer_script("node_modules/wiremock/build");
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".jar") {
            return {java, {}, entry.path().string()};
        }
    }
    return {{}, "there is no jar in " + folder.string()};
}

Interpreter python_with_packages() {
    const auto python = installed("python3");
    if (!python) {
        return {{}, "there is no python3"};
    }
    if (!succeeds({*python, "-c", "import requests, tenacity"})) {
        return {{}, "python3-requests or python3-tenacity is not installed"};
    }
    return {python, {}};
}

}  // namespace apilab::bench
