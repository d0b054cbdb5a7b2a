#include "common/nginx.hpp"

namespace apilab::bench {
namespace {

std::string configuration(const std::string& folder, std::uint16_t port) {
    std::string text = R"(daemon off;
master_process off;
worker_processes 1;
pid DIR/pid;
error_log DIR/errors;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 1000000000;
    sendfile on;
    tcp_nopush on;
    open_file_cache max=16;
    client_body_temp_path DIR/body;
    proxy_temp_path DIR/proxy;
    fastcgi_temp_path DIR/fastcgi;
    uwsgi_temp_path DIR/uwsgi;
    scgi_temp_path DIR/scgi;
    server { listen 127.0.0.1:PORT; root DIR; }
}
)";
    const auto fill = [&text](const std::string& word, const std::string& value) {
        for (auto at = text.find(word); at != std::string::npos; at = text.find(word)) {
            text.replace(at, word.size(), value);
        }
    };
    fill("DIR", folder);
    fill("PORT", std::to_string(port));
    return text;
}

}  // namespace

Nginx::Nginx(const std::string& program, int core) : port_(free_port()) {
    const auto file = dir_.write("nginx.conf", configuration(dir_.path().string(), port_));
    dir_.write("1k", std::string(1024, 'x'));
    dir_.write("small", "{}");
    process_ = std::make_unique<Process>(
        Words{program, "-e", (dir_.path() / "errors").string(), "-c", file.string()},
        ProcessOptions{.core = core, .variables = {}});
    until_accepting(port_);
}

std::unique_ptr<Nginx> Nginx::start(int core) {
    const auto program = installed("nginx");
    return program ? std::unique_ptr<Nginx>(new Nginx(*program, core)) : nullptr;
}

std::string Nginx::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
}

}  // namespace apilab::bench
