/** Fields of v1alpha1 to v1, in the notation of `notation.ts`. */
export const v1Fields = `
@ v1alpha1
+ (top): apiVersion, kind, build(artifacts[](imageName, dockerfilePath, workspace, buildArgs{}:str?), tagPolicy,
  local(skipPush:bool?), googleCloudBuild(projectId)), deploy(name, helm(releases[]=HelmRelease),
  kubectl(manifests[](paths[], parameters{})))
+ <HelmRelease>: name, chartPath, valuesFilePath, values{}, namespace, version
@ v1alpha2
+ (top): profiles[](name)
+ build: kaniko(gcsBucket, pullSecret, pullSecretName, namespace, timeout)
~ build: tagPolicy str => (gitCommit:{}, sha256:{}, envTemplate(template), dateTime(format, timezone))
+ build.artifacts[]: docker(dockerfilePath, buildArgs{}:str?, cacheFrom[], target), bazel(target)
+ build.local: useDockerCLI:bool, useBuildkit:bool
+ build.googleCloudBuild: diskSizeGb:int, machineType, timeout, dockerImage
+ deploy: kustomize(kustomizePath, flags=KubectlFlags)
+ <HelmRelease>: setValues{}, setValueTemplates{}, wait:bool, recreatePods:bool, overrides:any,
  packaged(version, appVersion), imageStrategy(fqn(property), helm:{})
+ deploy.kubectl: remoteManifests[], flags=KubectlFlags
~ deploy.kubectl: manifests[] (paths[], parameters{}) => str
+ <KubectlFlags>: global[], apply[], delete[]
- build.artifacts[]: dockerfilePath, buildArgs{}
- deploy: name
@ v1alpha3
+ build.kaniko: buildContext(gcsBucket)
+ <HelmRelease>: valuesFiles[]
- build.kaniko: gcsBucket
- <HelmRelease>: valuesFilePath
@ v1alpha4
+ (top): test[](image, structureTests[])
+ build.artifacts[]: image, context, sync{}, jibMaven(module, profile), jibGradle(project)
+ build.artifacts[].docker: dockerfile
+ build.local: push:bool?
+ build.kaniko: image
+ build.kaniko.buildContext: localDir:{}
+ deploy.kustomize: path
- build.artifacts[]: imageName, workspace
- build.artifacts[].docker: dockerfilePath
- build.local: skipPush
- deploy.kustomize: kustomizePath
@ v1alpha5
+ build: acr(subscriptionId, clientId, clientSecret, tenantId)
@ v1beta1
+ build.artifacts[].bazel: args[]
+ build.kaniko: cache(repo)
- build: acr
@ v1beta2
+ build.kaniko: flags[]
@ v1beta3
+ build.googleCloudBuild: mavenImage, gradleImage
+ build.kaniko: dockerConfig(path, secretName)
@ v1beta4
+ <HelmRelease>: skipBuildDependencies:bool
+ profiles[]: patches[](op, path, from, value:any), activation[](env, kubeContext, command)
@ v1beta5
+ build: executionEnvironment(name, properties{}:any)
+ build.artifacts[]: plugin(name, properties{}:any)
+ build.artifacts[].jibMaven: args[]
+ build.artifacts[].jibGradle: args[]
~ build.local: useBuildkit bool => bool?
@ v1beta6
+ deploy.helm: flags=HelmDeployFlags
+ <HelmDeployFlags>: global[], install[], upgrade[]
@ v1beta7
+ build: cluster(pullSecret, pullSecretName, namespace, timeout, dockerConfig(path, secretName))
+ build.artifacts[]: kaniko(flags[], dockerfile, target, buildArgs{}:str?, buildContext(gcsBucket,
  localDir(initImage)), image, cache(repo))
+ <HelmRelease>: useHelmSecrets:bool
- build: kaniko
@ v1beta8
+ build: insecureRegistries[]
+ build.cluster: resources(requests=ResourceRequirement, limits=ResourceRequirement)
+ <ResourceRequirement>: cpu, memory
@ v1beta9
~ build.tagPolicy: gitCommit {} => (variant)
- build: executionEnvironment
- build.artifacts[]: plugin
@ v1beta10
+ build.artifacts[]: sync(manual[](src, dest, strip)), custom(buildCommand, dependencies(dockerfile(path,
  buildArgs{}:str?), command, paths[], ignore[]))
+ build.artifacts[].docker: network, noCache:bool
- build.artifacts[]: sync{}
@ v1beta11
+ build.artifacts[].kaniko.cache: hostPath
+ <HelmRelease>: remote:bool
@ v1beta12
+ (top): portForward[](resourceType, resourceName, namespace, port:int, localPort:int)
@ v1beta13
+ (top): metadata(name)
+ build.artifacts[].sync: infer[]
+ build.artifacts[].kaniko: reproducible:bool
+ build.cluster: HTTP_PROXY, HTTPS_PROXY
+ deploy: statusCheckDeadlineSeconds:int
~ <HelmRelease>.imageStrategy: helm {} => (explicitRegistry:bool)
@ v1beta14
+ build.artifacts[]: jib(project, args[], type)
+ build.googleCloudBuild: kanikoImage, concurrency:int
+ build.cluster: concurrency:int
- build.artifacts[]: jibMaven, jibGradle
@ v1beta15
+ <HelmRelease>: setFiles{}
+ deploy.kustomize: buildArgs[]
@ v1beta16
+ build.artifacts[].kaniko: skipTLS:bool
+ build.cluster: pullSecretMountPath
+ deploy: kubeContext
@ v1beta17
+ <ResourceRequirement>: ephemeralStorage, resourceStorage
@ v1
+ build.artifacts[]: buildpack(forcePull:bool, builder, runImage, dependencies(paths[], ignore[]))
`;
