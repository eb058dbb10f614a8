"""A folder for PYTHONPATH: stands in for two libraries that need a C++ compiler.

Core's mobile_app imports them by way of cloud and assist_pipeline. No test uses voice.
"""
