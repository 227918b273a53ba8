"""The list of packages; everything else stands in pyproject.toml."""

from setuptools import setup

setup(
    packages=[
        "jasminlike",
        "jasminlike.accounts",
        "jasminlike.broker",
        "jasminlike.catalog",
        "jasminlike.filters",
        "jasminlike.httpc",
        "jasminlike.logs",
        "jasminlike.message",
        "jasminlike.net",
        "jasminlike.pipeline",
        "jasminlike.reasons",
        "jasminlike.settings",
        "jasminlike.simulator",
        "jasminlike.smpp",
        "jasminlike.smppc",
        "jasminlike.smpps",
        "jasminlike.store",
        "jasminlike.text",
        "interceptors",
        "interceptors.examples",
        "routers",
        "http_api",
        "jcli",
    ],
    package_data={"jasminlike": ["py.typed"], "jasminlike.smpp": ["*.pyi"], "jasminlike.reasons": ["*.toml"], "jasminlike.store": ["*.sql"]},
)
